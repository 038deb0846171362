import { toJson } from '../json.cjs';
import type { JsonObject } from '../types.cjs';
import type { NodeClass } from './define.cjs';
import { DIFFUSION } from './diffusion.cjs';
import { fillerClasses } from './filler.cjs';
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
		python_module: node.module,
		category: node.category,
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
