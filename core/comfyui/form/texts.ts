import type { PromptRole } from '../graph';
import type { InputSpec } from '../inputSpec';

/** The last word of a name says what it holds: "positive_prompt" is a prompt, "prompt_option" is not. */
const PROMPT =
	/^(.*_)?(text|prompts?|positive|negative|tags|lyrics|captions?|instructions?)(_?(\d+|[a-z]))?$/i;

/** The two encoders' texts of CLIPTextEncodeSDXL, CLIPTextEncodeFlux and their kin. */
const ENCODERS = /^(clip_[a-z]|m?t5\w*|llama|bert)$/i;

/** Texts for a language model, or that a node derives or adds: they accompany the prompt. */
const BESIDE =
	/^(system|local|a|template|pre|post|prefix|suffix|append|prepend|style)_.*(text|prompts?)$|^(text|prompt)_(input|context)$/i;

const NEGATIVE = /(^|_)(neg|negative|n)(_|$)/i;
const POSITIVE = /(^|_)(pos|positive)(_|$)/i;

/** Words that a list of choices has, if the list itself is not known. */
const CHOSEN = /^(yes|no|true|false|on|off|enabled?|disabled?|none|auto|default)$/i;

/** How surely an input is a text that people write, the surest first. */
export type TextPlace = 'prompt' | 'text';

export function textPlace(
	classType: string,
	input: string,
	spec: InputSpec,
	saved: unknown,
): TextPlace | undefined {
	if (spec.kind !== 'string' || typeof saved !== 'string') return undefined;
	const name = lastPart(input);
	if (BESIDE.test(name) || isOfRow(input)) return 'text';
	if (PROMPT.test(name) && !CHOSEN.test(saved)) return 'prompt';
	if (ENCODERS.test(name)) return 'prompt';
	if (encodesText(classType) && (spec.multiline || /\s/.test(saved.trim()))) return 'prompt';
	return spec.multiline ? 'text' : undefined;
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

/** Names that only say that they are a prompt, and perhaps which: "text_g", "negative_prompt". */
const PLAIN =
	/^((text|string|value|user)_?)?((positive|negative|pos|neg|n)_?)?(text|prompts?)?(_?(\d+|[a-z]))?$/i;

export function isPlainPrompt(input: string): boolean {
	return PLAIN.test(lastPart(input)) || namesEncoder(input);
}

export function namesEncoder(input: string): boolean {
	return ENCODERS.test(lastPart(input));
}

/** Whether the input is what one of a node's encoders gets of the prompt: "clip_l", CLIPTextEncodeSDXL's "text_g". */
export function isOneEncoders({ classType, input }: { classType: string; input: string }): boolean {
	return namesEncoder(input) || (encodesText(classType) && /^text_[gl]$/.test(input));
}

/** Whether the input is one of several rows, such as `captions.0.text`. */
export function isOfRow(input: string): boolean {
	return /\.\d+\.[^.]+$/.test(input);
}

/** `model.prompt` is the prompt that goes with the chosen model. */
export function lastPart(input: string): string {
	return input.slice(input.lastIndexOf('.') + 1);
}
