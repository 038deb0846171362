import { toJson } from '../json.cjs';
import type { JsonObject } from '../types.cjs';
import type { NodeClass } from './define.cjs';
import { choice, defineNode, float, int, string } from './define.cjs';
import { DIFFUSION } from './diffusion.cjs';
import { MEDIA } from './media.cjs';
import { PARTNER } from './partner.cjs';
import { SAMPLING } from './sampling.cjs';
import { SHAPING } from './shaping.cjs';

const CLASSES: ReadonlyMap<string, NodeClass> = new Map(
	[...SAMPLING, ...MEDIA, ...DIFFUSION, ...SHAPING, ...PARTNER].map((node) => [node.name, node]),
);

export const nodeClass = (name: string): NodeClass | undefined => CLASSES.get(name);

/** What ComfyUI answers to `GET /object_info`, as JSON text of at least so many bytes. */
export function objectInfoJson(leastBytes = 0): string {
	const own = toJson(describeAll(CLASSES.values()));
	if (own.length >= leastBytes) return own;
	const filler = toJson(describeAll(fillerClasses(leastBytes - own.length)));
	return `${own.slice(0, -1)},${filler.slice(1)}`;
}

const describeAll = (classes: Iterable<NodeClass>): JsonObject =>
	Object.fromEntries([...classes].map((node) => [node.name, describe(node)]));

function describe(node: NodeClass): JsonObject {
	const hidden = Object.entries(node.hidden).map(([name, type]) => [name, node.v3 ? [type] : type]);
	const groups = {
		required: node.required,
		...(hasKeys(node.optional) && { optional: node.optional }),
		...(hidden.length > 0 && { hidden: Object.fromEntries(hidden) as JsonObject }),
	};
	return {
		input: groups,
		input_order: Object.fromEntries(
			Object.entries(groups).map(([group, inputs]) => [group, Object.keys(inputs)]),
		),
		...(node.v3 && { is_input_list: false }),
		output: node.outputs,
		output_is_list: node.outputs.map(() => false),
		output_name: node.outputs,
		name: node.name,
		display_name: node.displayName,
		description: node.description,
		python_module: 'nodes',
		category: 'simulator',
		output_node: node.outputNode,
		...(node.v3 && describeV3(node)),
	};
}

const describeV3 = ({ apiNode, priceBadge, outputs }: NodeClass): JsonObject => ({
	output_tooltips: outputs.map(() => null),
	output_matchtypes: outputs.includes('COMFY_MATCHTYPE_V3')
		? outputs.map((type) => (type === 'COMFY_MATCHTYPE_V3' ? 'input_type' : null))
		: null,
	deprecated: false,
	experimental: false,
	dev_only: false,
	api_node: apiNode,
	price_badge: priceBadge
		? {
				engine: 'jsonata',
				depends_on: {
					widgets: Object.entries(priceBadge.widgets).map(([name, type]) => ({ name, type })),
					inputs: [],
					input_groups: [],
				},
				expr: priceBadge.expr,
			}
		: null,
	search_aliases: null,
	essentials_category: null,
	has_intermediate_output: false,
});

const hasKeys = (value: object): boolean => Object.keys(value).length > 0;

/** The JSON of one filler class; most of it is the names of the models. */
const CLASS_BYTES = 5600;
const MODEL_COUNT = 90;

/** Hundreds of custom nodes with long lists of model files, as a well-used instance has. */
function fillerClasses(bytes: number): NodeClass[] {
	const models = Array.from(
		{ length: MODEL_COUNT },
		(_, i) =>
			`community/collection_${i % 9}/style-model-${String(i).padStart(4, '0')}_v2.safetensors`,
	);
	return Array.from({ length: Math.ceil(bytes / CLASS_BYTES) }, (_, i) =>
		defineNode(`Pack${i % 30}_Tool${i}`, {
			displayName: `Tool ${i}`,
			description: `Adjusts aspect ${i} of an image; strength and model decide how much.`,
			required: {
				image: 'IMAGE',
				model_name: choice(models, 'The model file this tool applies.'),
				strength: float(1, 0, 2, 0.01, 'How strongly the tool changes the image.'),
				steps: int(10, 1, 100, 'How many passes the tool makes.'),
			},
			optional: { note: string('', true, 'A remark kept with the workflow.') },
			outputs: ['IMAGE'],
		}),
	);
}
