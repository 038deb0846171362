import type { PromptRole } from '../graph';
import type { InputRef } from './constants';
import { isName } from './limits';
import { isOneEncoders } from './texts';

interface Text extends InputRef {
	classType: string;
	role?: PromptRole;
	saved: unknown;
}

/** With more, the id of a form's field would be long. */
const MOST = 12;

/**
 * The prompts that are one to a person and several inputs to ComfyUI: the texts of a node for two encoders (SDXL, Flux),
 * and texts that are the same, such as those of a base model and its refiner.
 */
export function sameTexts<T extends Text>(prompts: readonly T[]): T[][] {
	const named = prompts.filter(({ nodeId, input }) => isName(nodeId) && isName(input));
	// Each prompt points to an earlier one of its group, and the first one to itself.
	const earlier = named.map((_prompt, at) => at);
	const firstOf = (at: number): number => {
		let first = at;
		while (earlier[first] !== first) first = earlier[first] as number;
		return (earlier[at] = first);
	};
	const known = new Map<string, number>();
	for (const [at, prompt] of named.entries()) {
		for (const key of keysOf(prompt)) {
			const other = known.get(key);
			if (other === undefined) known.set(key, at);
			else earlier[firstOf(at)] = firstOf(other);
		}
	}
	const groups = new Map<number, T[]>();
	for (const [at, prompt] of named.entries()) {
		groups.set(firstOf(at), [...(groups.get(firstOf(at)) ?? []), prompt].slice(0, MOST + 1));
	}
	return [...groups.values()].filter(({ length }) => length > 1 && length <= MOST);
}

/** Prompts are one if they have one of these in common. */
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

/** The text that shows best what the prompt is: the one for the smaller encoder may be a few words. */
export function longestIn(group: readonly Text[]): unknown {
	const lengths = group.map((text) => textIn(text).length);
	return group[lengths.indexOf(Math.max(...lengths))]?.saved;
}
