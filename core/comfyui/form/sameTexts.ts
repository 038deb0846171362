import type { InputRef } from '../../form/inputSpec';
import { isName } from '../../form/limits';
import type { PromptRole } from '../../form/texts';
import { isOneEncoders } from '../../form/texts';

interface Text extends InputRef {
	classType: string;
	role?: PromptRole;
	saved: unknown;
}

/** The most inputs in one group. With more, the id of the form field would be too long. */
const MOST = 12;

/**
 * Groups inputs that are one prompt to a user but several inputs to ComfyUI: the texts of a node with two encoders
 * (SDXL, Flux), and identical texts such as those of a base model and its refiner.
 */
export function sameTexts<T extends Text>(prompts: readonly T[]): T[][] {
	const named = prompts.filter(({ nodeId, input }) => isName(nodeId) && isName(input));
	// Union-find: each prompt points to an earlier prompt of its group, and the first one points to itself.
	const earlier = named.map((_prompt, at) => at);
	const firstOf = (at: number): number => {
		let first = at;
		while (earlier[first] !== first) first = earlier[first] as number;
		return (earlier[at] = first);
	};
	const firstWith = new Map<string, number>();
	for (const [at, prompt] of named.entries()) {
		for (const key of keysOf(prompt)) {
			const other = firstWith.get(key);
			if (other === undefined) firstWith.set(key, at);
			else earlier[firstOf(at)] = firstOf(other);
		}
	}
	const groups = new Map<number, T[]>();
	for (const [at, prompt] of named.entries()) {
		groups.set(firstOf(at), [...(groups.get(firstOf(at)) ?? []), prompt].slice(0, MOST + 1));
	}
	return [...groups.values()].filter(({ length }) => length > 1 && length <= MOST);
}

/** Two prompts belong to the same group if they share one of these keys. */
function keysOf(prompt: Text): string[] {
	const { role = '', nodeId } = prompt;
	const text = textIn(prompt);
	return [
		...(text === '' ? [] : [JSON.stringify([role, text])]),
		...(isOneEncoders(prompt) ? [JSON.stringify([role, 'node', nodeId])] : []),
	];
}

function textIn({ saved }: Text): string {
	return String(saved).trim();
}

/** The longest text, which shows the prompt best: the text for the smaller encoder may be just a few words. */
export function longestIn(group: readonly Text[]): unknown {
	const lengths = group.map((text) => textIn(text).length);
	return group[lengths.indexOf(Math.max(...lengths))]?.saved;
}
