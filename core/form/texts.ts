import type { InputSpec } from './inputSpec';

export type PromptRole = 'positive' | 'negative';

/** The last word of a name says what the input holds: "positive_prompt" is a prompt, "prompt_option" is not. */
const PROMPT =
	/^(.*_)?(text|prompts?|positive|negative|tags|lyrics|captions?|instructions?)(_?(\d+|[a-z]))?$/i;

/** Inputs for a single text encoder, such as `clip_l` and `t5xxl` of CLIPTextEncodeFlux. */
const ENCODERS = /^(clip_[a-z]|m?t5\w*|llama|bert)$/i;

/**
 * Texts that accompany the prompt: instructions for a language model, or text that a node derives from the prompt
 * or adds to it.
 */
const BESIDE =
	/^(system|local|a|template|pre|post|prefix|suffix|append|prepend|style)_.*(text|prompts?)$|^(text|prompt)_(input|context)$/i;

const NEGATIVE = /(^|_)(neg|negative|n)(_|$)/i;
const POSITIVE = /(^|_)(pos|positive)(_|$)/i;

/** Whether an input is a prompt, or some other text that users write. */
export type TextPlace = 'prompt' | 'text';

export function textPlace(
	classType: string,
	input: string,
	{ kind, multiline }: InputSpec,
): TextPlace | undefined {
	if (kind !== 'string') return undefined;
	const name = lastPart(input);
	if (BESIDE.test(name) || isOfRow(input)) return 'text';
	if (namesPrompt(name) || (multiline && encodesText(classType))) return 'prompt';
	return multiline && 'text';
}

export function encodesText(classType: string): boolean {
	return /text_?encode/i.test(classType);
}

export function namesPrompt(input: string): boolean {
	return PROMPT.test(lastPart(input)) || namesEncoder(input);
}

export function roleOfName(input: string): PromptRole | undefined {
	const name = lastPart(input);
	if (NEGATIVE.test(name)) return 'negative';
	return POSITIVE.test(name) ? 'positive' : undefined;
}

export function roleOfTitle(title: string): PromptRole | undefined {
	if (/\bneg(ative)?\b/i.test(title)) return 'negative';
	return /positive/i.test(title) ? 'positive' : undefined;
}

/** Names that say no more than "prompt", and perhaps which one, such as "text_g" or "negative_prompt". */
const PLAIN =
	/^((text|string|value|user)_?)?((positive|negative|pos|neg|n)_?)?(text|prompts?)?(_?(\d+|[a-z]))?$/i;

export function isPlainPrompt(input: string): boolean {
	return PLAIN.test(lastPart(input)) || namesEncoder(input);
}

function namesEncoder(input: string): boolean {
	return ENCODERS.test(lastPart(input));
}

/**
 * Whether the input holds the text for one of several encoders of a node: "clip_l", or "text_g" of
 * CLIPTextEncodeSDXL.
 */
export function isOneEncoders({ classType, input }: { classType: string; input: string }): boolean {
	return namesEncoder(input) || (encodesText(classType) && /^text_[gl]$/.test(input));
}

/** Whether the input belongs to a numbered row, such as `captions.0.text`. */
export function isOfRow(input: string): boolean {
	return /\.\d+\.[^.]+$/.test(input);
}

/** The part after the last dot: `prompt` of `model.prompt`, which is the prompt for the chosen model. */
export function lastPart(input: string): string {
	return input.slice(input.lastIndexOf('.') + 1);
}
