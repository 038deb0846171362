import { toJson } from '../json.cjs';
import type { JsonObject } from '../types.cjs';
import type { NodeClass } from './define.cjs';
import { fillerClasses } from './filler.cjs';
import { MEDIA } from './media.cjs';
import { SAMPLING } from './sampling.cjs';

const CLASSES: ReadonlyMap<string, NodeClass> = new Map(
	[...SAMPLING, ...MEDIA].map((node) => [node.name, node]),
);

export const nodeClass = (name: string): NodeClass | undefined => CLASSES.get(name);

/** What ComfyUI answers to `GET /object_info`, as JSON text; `large` exceeds 10 MB. */
export function objectInfoJson(large: boolean): string {
	const classes = large ? [...CLASSES.values(), ...fillerClasses()] : [...CLASSES.values()];
	return toJson(Object.fromEntries(classes.map((node) => [node.name, describe(node)])));
}

function describe(node: NodeClass): JsonObject {
	const groups = {
		required: node.required,
		...(hasKeys(node.optional) && { optional: node.optional }),
		...(hasKeys(node.hidden) && { hidden: node.hidden }),
	};
	return {
		input: groups,
		input_order: Object.fromEntries(
			Object.entries(groups).map(([group, inputs]) => [group, Object.keys(inputs)]),
		),
		output: node.outputs,
		output_is_list: node.outputs.map(() => false),
		output_name: node.outputs,
		name: node.name,
		display_name: node.displayName,
		description: node.description,
		python_module: node.module,
		category: node.category,
		output_node: node.outputNode,
	};
}

const hasKeys = (value: object): boolean => Object.keys(value).length > 0;
