import { type InputRef, type InputSpec, isSeed, MEDIA_INPUTS } from './inputSpec';
import { labelled } from './labels';
import { withinLimits } from './limits';
import { encodesText, lastPart, type PromptRole, type TextPlace } from './texts';

/** An input of a workflow or of a hosted model, as a form shows it. */
export interface WorkflowField {
	/** Empty for an input of a model. */
	nodeId: string;
	input: string;
	/**
	 * Further inputs that get the same value, because users think of them as one prompt. Each also has its own
	 * field.
	 */
	also?: readonly InputRef[];
	classType: string;
	/** The node's title in ComfyUI, or its class type. */
	title: string;
	/** Such as "Negative prompt" or "Steps". Inputs of other nodes may have the same name. */
	name: string;
	/** The name, made longer where it is not the only one of the form. */
	label: string;
	/** Where the input is, such as "27 · Image Size (EmptyLatentImage) → width". */
	path: string;
	spec: InputSpec;
	/** The deployment's or the model's own value, used unless it is overridden. */
	saved: unknown;
	/** Whether a hosted model requires the input. */
	required?: boolean;
	/** Whether most flows set the input, so that a form shows it right away. */
	likely: boolean;
}

/** A field before it has its place in a form. */
export interface Described {
	field: Omit<WorkflowField, 'likely' | 'label' | 'path'>;
	/** The name that says what the input is for: of a node that only holds a value, the input that it feeds. */
	meaning: string;
	text: TextPlace | undefined;
	/** Of a prompt. */
	role: PromptRole | undefined;
	/** Whether the author of a workflow has made and named the value for users. */
	isAuthors: boolean;
}

/** What an input is for, in the order of a form. */
const GROUPS = [
	...(['positive', 'prompt', 'negative', 'media', 'seed', 'size', 'length', 'text'] as const),
	...(['authors', 'sampling', 'rest', 'advanced'] as const),
];
type Group = (typeof GROUPS)[number];

/** Names of groups that go by name, in the order of one node: the width before the height, whatever ComfyUI lists. */
const NAMES: Array<[Group, string[]]> = [
	['size', ['size_preset', 'aspect_ratio', 'resolution', 'megapixels', 'width', 'height']],
	['size', ['upscale_by', 'scale_by']],
	['length', ['length', 'num_frames', 'video_length', 'video_frames', 'frame_count', 'frames']],
	['length', ['seconds', 'duration']],
	['sampling', ['steps', 'cfg']],
];

function groupOf({ field, meaning, text, role, isAuthors }: Described): Group {
	const { classType, spec, saved } = field;
	const name = lastPart(meaning);
	if (text === 'prompt') return role ?? 'prompt';
	const isFile = MEDIA_INPUTS.includes(meaning) && typeof saved === 'string';
	if (spec.kind === 'media' || isFile) return 'media';
	if (isSeed(meaning) && ['integer', 'float'].includes(spec.kind)) return 'seed';
	if (spec.advanced) return 'advanced';
	const [named] = NAMES.find(([, names]) => names.includes(name)) ?? [];
	// The sizes that a text encoder takes are not those of the picture.
	const isOther = named === 'size' && encodesText(classType);
	return (isOther ? undefined : named) ?? text ?? (isAuthors ? 'authors' : 'rest');
}

function placeByName({ meaning }: Described): number {
	const name = lastPart(meaning);
	return Math.max(...NAMES.map(([, names]) => names.indexOf(name)));
}

/** The most fields that a form shows right away. */
const MOST_SHOWN = 24;

/**
 * Puts fields in the order of a form: by what they are for, then in the order in which they were described.
 * @param parts fields of which another one sets the inputs, too: they come last
 * @param all whether to show all fields right away
 */
export function arrange(
	described: readonly Described[],
	{ parts = [], all = false }: { parts?: readonly Described[]; all?: boolean },
): WorkflowField[] {
	const nodes = new Map<string, number>();
	for (const { field } of described) nodes.set(field.nodeId, nodes.get(field.nodeId) ?? nodes.size);
	const placed = described.map((one) => ({
		field: one.field,
		rank: GROUPS.indexOf(groupOf(one)),
		node: nodes.get(one.field.nodeId) ?? 0,
		place: placeByName(one),
	}));
	placed.sort((one, other) => {
		const needed = Number(other.field.required ?? 0) - Number(one.field.required ?? 0);
		return one.rank - other.rank || needed || one.node - other.node || one.place - other.place;
	});
	let shown = 0;
	const fields = placed.map(({ field, rank }) => {
		const isWanted = all || rank < GROUPS.indexOf('rest');
		const likely = field.required === true || (isWanted && shown < MOST_SHOWN);
		if (likely) shown += 1;
		return { ...field, likely };
	});
	const further = parts.map(({ field }) => ({ ...field, likely: false }));
	return labelled(withinLimits([...fields, ...further]));
}
