import { asId, asObject } from '../json/objects';
import { listFew } from '../text';
import { failureLines, readNodeErrors } from './failures';

/**
 * The ids of the outputs that ComfyUI left out of a run that it took: beside the success, `node_errors` has
 * what is wrong with a node and, as `dependent_outputs`, which outputs need it (`validate_prompt` in execution.py).
 */
export function droppedOutputs(answer: unknown): string[] {
	const outputs = Object.entries(asObject(asObject(answer)['node_errors'])).flatMap(
		([id, about]) => {
			const { dependent_outputs: needing } = asObject(about);
			const ids = Array.isArray(needing) ? needing.flatMap((one) => asId(one) ?? []) : [];
			return ids.length > 0 ? ids : [id];
		},
	);
	return [...new Set(outputs)];
}

/** Warns of them. */
export function warnOfDropped(answer: unknown): string[] {
	const outputs = droppedOutputs(answer);
	if (outputs.length === 0) return [];
	const reasons = listFew(failureLines(readNodeErrors(asObject(answer)) ?? []));
	return [`ComfyUI left out the output of node ${listFew(outputs)}${reasons && `: ${reasons}`}.`];
}
