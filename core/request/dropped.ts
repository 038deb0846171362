import { asId, asObject } from '../json/objects';
import { listFew } from '../text';
import { failureLines, readNodeErrors } from './failures';

/**
 * Warns of outputs that ComfyUI left out of a run that it took: beside the success, `node_errors` has what
 * is wrong with a node and, as `dependent_outputs`, which outputs need it (`validate_prompt` in execution.py).
 */
export function warnOfDropped(answer: unknown): string[] {
	const of = asObject(answer);
	const outputs = Object.entries(asObject(of['node_errors'])).flatMap(([id, about]) => {
		const { dependent_outputs: needing } = asObject(about);
		const ids = Array.isArray(needing) ? needing.flatMap((one) => asId(one) ?? []) : [];
		return ids.length > 0 ? ids : [id];
	});
	if (outputs.length === 0) return [];
	const names = listFew([...new Set(outputs)]);
	const reasons = listFew(failureLines(readNodeErrors(of) ?? []));
	return [`ComfyUI left out the output of node ${names}${reasons && `: ${reasons}`}.`];
}
