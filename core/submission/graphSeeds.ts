import { isObject } from '../json/read';
import type { WorkflowNode } from '../workflow/graph';
import { isSeed } from '../workflow/inputNames';
import { mergeOverrides, type Overrides } from '../workflow/overrides';
import { isRandom } from '../workflow/seeds';
import type { Draft } from './draft';

/**
 * The seeds that are to be drawn in a workflow that is sent along, as overrides: those that say
 * "random" in it, or all of them. What the user overrides besides wins.
 */
export function withGraphSeeds(draft: Draft): Draft {
	const { workflowApiJson, overrides = {}, randomSeeds = false } = draft;
	if (!workflowApiJson) return draft;
	const wishes: Array<[string, Overrides[string]]> = [];
	const nodes = Object.entries(workflowApiJson).map(([id, node]): [string, WorkflowNode] => {
		const seeds = Object.entries(isObject(node.inputs) ? node.inputs : {}).filter(
			([input, value]) => isSeed(input) && (isRandom(value) || (randomSeeds && isWhole(value))),
		);
		if (seeds.length === 0) return [id, node];
		const named = (value: unknown) => Object.fromEntries(seeds.map(([input]) => [input, value]));
		wishes.push([id, { inputs: named('random') }]);
		// The check of the graph looks for a number; the one that is drawn takes its place.
		return [id, { ...node, inputs: { ...node.inputs, ...named(0) } }];
	});
	if (wishes.length === 0) return draft;
	return {
		...draft,
		workflowApiJson: Object.fromEntries(nodes),
		overrides: mergeOverrides(Object.fromEntries(wishes), overrides),
	};
}

function isWhole(value: unknown): boolean {
	return typeof value === 'bigint' || Number.isInteger(value);
}
