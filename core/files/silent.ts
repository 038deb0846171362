import { isObject } from '../json/read';

/** A node for whose sake ComfyUI runs a workflow. */
export interface OutputNode {
	id: string;
	/** As in ComfyUI. */
	title: string;
}

/** Nodes named one by one. */
const MOST_NAMED = 10;

/**
 * Output nodes that gave nothing in a run that succeeded. ComfyUI drops an output whose branch does
 * not validate, and runs the rest (`validate_prompt` in execution.py).
 */
export function warnOfSilentNodes(
	outputs: unknown,
	expected: readonly OutputNode[] = [],
): string[] {
	if (!isObject(outputs)) return [];
	const silent = expected.filter(({ id }) => !Object.hasOwn(outputs, id) || isNothing(outputs[id]));
	const more = silent.length - MOST_NAMED;
	return [
		...silent
			.slice(0, MOST_NAMED)
			.map(({ id, title }) => `Node ${id} · ${title} gave nothing in this run. ${WHY}`),
		...(more > 0 ? [`${more} more output nodes gave nothing in this run.`] : []),
	];
}

const WHY =
	'ComfyUI leaves out an output whose inputs do not fit, and the run succeeds all the same: check what feeds it.';

function isNothing(value: unknown): boolean {
	if (value === null || value === undefined || value === '') return true;
	if (typeof value !== 'object') return false;
	return Object.values(value).every((channel) => Array.isArray(channel) && channel.length === 0);
}
