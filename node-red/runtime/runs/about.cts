import { oneLine, type Overrides } from '../../../core/index.js';

const LENGTH = 120;

/** What prompts are called in workflows. */
const PROMPT = /prompt|^(text|positive|string)/i;

/**
 * A few words of what a run is asked for, to tell it from others: its prompt, or the first input that
 * it sets. Undefined where it sets none, or only files.
 */
export function aboutOf(overrides: Overrides | undefined): string | undefined {
	const inputs = Object.values(overrides ?? {}).flatMap((node) =>
		Object.entries(node.inputs ?? {}).filter(([, value]) => isPlain(value)),
	);
	const prompt = inputs.find(([name, value]) => PROMPT.test(name) && typeof value === 'string');
	if (prompt) return inShort(String(prompt[1]));
	const [first] = inputs;
	return first && inShort(`${first[0]}: ${String(first[1])}`);
}

function isPlain(value: unknown): boolean {
	if (typeof value === 'string') return value.trim() !== '' && !/^data:/i.test(value);
	return ['number', 'bigint', 'boolean'].includes(typeof value);
}

function inShort(text: string): string {
	return oneLine(text, LENGTH);
}
