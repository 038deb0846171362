// Prepares submits: of a workflow by node, and of a hosted model or a LoRA deployment by name.
import type { Finding } from '../../../core/comfyui/findings';
import type { KnownWorkflow, WorkflowReader } from '../../../core/deployments/workflow';
import {
	AccountCache,
	createClient,
	type Draft,
	type FieldValue,
	FileRef,
	type Files,
	type InputSpec,
	prepare,
	RunComfyError,
} from '../../../core/index';
import { clientOf, errorOf, json, type Script } from '../support/virtualHost.mts';
import { GRAPH, OBJECT_INFO, readInfo } from '../support/workflows.mts';

const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
export const clientWith = (partnerKey?: string) =>
	createClient({ host: { monotonic: () => 0, toBase64, partnerKey } as never });
const CLIENT = clientWith();
export const KNOWN: KnownWorkflow = {
	workflow: GRAPH,
	info: readInfo(OBJECT_INFO),
	warnings: [],
};

/** Prepares a draft. @param known the facts about its workflow, or a function that reads them */
export async function submission(
	draft: Partial<Draft>,
	known: KnownWorkflow | WorkflowReader = KNOWN,
	{ client = CLIENT, check = true } = {},
) {
	const readWorkflow = typeof known === 'function' ? known : () => Promise.resolve(known);
	const prepared = await prepare(
		client,
		{ target: { deploymentId: 'd' }, ...draft },
		{ readWorkflow, check },
	);
	return prepared.withFiles();
}

export const overridesOf = async (...given: Parameters<typeof submission>) =>
	(await submission(...given)).input.overrides;

/** The reason why a draft is refused. */
export const failure = (...given: Parameters<typeof submission>): Promise<RunComfyError> =>
	errorOf(submission(...given));

/** The findings for which a draft is refused, or the warnings of its submit. */
export async function checked(
	...given: Parameters<typeof prepare>
): Promise<{ findings: Finding[]; warnings: string[] }> {
	try {
		const { notes } = await (await prepare(...given)).withFiles();
		return { findings: [], warnings: notes.warnings };
	} catch (error) {
		const { findings } = error instanceof RunComfyError ? (error.details ?? {}) : {};
		if (!findings) throw error;
		return { findings: findings as Finding[], warnings: [] };
	}
}

/** @param place such as `6.text` */
export function field(
	place: string,
	value: unknown,
	kind: InputSpec['kind'] = 'other',
): FieldValue {
	const [nodeId = '', input = ''] = place.split('.');
	return {
		nodeId,
		input,
		value,
		label: `L${place}`,
		source: 'its expression',
		spec: { kind },
	};
}

/** The files of a host, by name. Its object of a file is `{ file: name }`. */
export function filesNamed(files: Record<string, Uint8Array | FileRef>): Files {
	const refs = new Map(
		Object.entries(files).map(([name, file]) => [
			name,
			file instanceof FileRef ? file : new FileRef(() => Promise.resolve(file), name, undefined),
		]),
	);
	const nameOf = (value: unknown) =>
		typeof value === 'string' ? value : (value as { file?: string }).file;
	return { find: (value) => refs.get(nameOf(value) ?? ''), ways: () => 'the name of a file' };
}

export const MODEL_ID = 'lab/model/edit';
const SCHEMA = {
	required: ['prompt'],
	additionalProperties: false,
	properties: {
		prompt: { type: 'string' },
		steps: { type: 'integer', minimum: 1, maximum: 50 },
		strength: { type: 'float', minimum: 0, maximum: 1 },
		size: { enum: ['square', 'landscape_4_3'] },
		seed: { type: ['integer', 'null'], maximum: 1000 },
		image_urls: { type: 'array', format: 'image_uris', minItems: 1, maxItems: 2 },
		video: {
			type: 'string',
			format: 'video_uri',
			validations: [{ validation_rule: 'file_size_mb<', validation_value: 0.001 }],
		},
		tags: { type: 'array', items: { enum: ['a', 'b'] } },
	},
};
export const MODEL = {
	model_id: MODEL_ID,
	display_name: 'Edit',
	categories: ['x'],
	base_price_usd: 0.012,
	price_unit: 'image',
	input_schema: SCHEMA,
};
export const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);
export const PNG_URI = `data:image/png;base64,${Buffer.from(PNG).toString('base64')}`;

/** A draft of inputs by name, which are stored under node ''. */
export type NamedDraft = Partial<Draft> & { inputs?: Record<string, unknown> };

const draftOf = ({ inputs = {}, ...draft }: NamedDraft): Draft => ({
	target: { modelId: MODEL_ID },
	...draft,
	overrides: { '': { inputs } },
});

export function rig(answer: Script = () => json(MODEL)) {
	const { client, host } = clientOf(answer);
	const reader = new AccountCache().reader(client);
	return {
		client,
		host,
		...reader,
		prepared: async (draft: NamedDraft, more = {}) =>
			(await prepare(client, draftOf(draft), { ...reader, ...more })).withFiles(),
		checked: (draft: NamedDraft) => checked(client, draftOf(draft), reader),
	};
}

/** A LoRA deployment. */
export const LORA = { deploymentId: 'dep-1' };
export const loraRig = () =>
	rig(() => json({ id: 'dep-1', name: 'My LoRA', payload: { base_model: 'flux' } }));

export const byName = (input: string, value: unknown, spec?: InputSpec): FieldValue => ({
	nodeId: '',
	input,
	label: input.toUpperCase(),
	value,
	source: 'its expression',
	...(spec ? { spec } : {}),
});
