import {
	oneLine,
	type OutputFile,
	type Outputs,
	type StatusAnswer,
	type SubmitInput,
} from '../../../core';
import type { RunView } from '../../contract/jobs';
import type { MessageFacts } from '../node/message';

const TEXT_LENGTH = 500;
const ABOUT_LENGTH = 120;

/** What users see of a request after a status call. */
export function statusFacts({ status, queue_position: queuePosition }: StatusAnswer) {
	const state: RunView['state'] | undefined =
		status === 'in_queue' || status === 'in_progress' ? status : undefined;
	return { state, queuePosition };
}

/** What users see of the outputs on a run's message. */
export function outputFacts({ runcomfy }: MessageFacts): Partial<RunView> {
	const { files, texts, cost } = runcomfy ?? {};
	const [text] = Array.isArray(texts) ? (texts as Outputs['texts']) : [];
	// The URL may be a data URI with the whole file.
	const isLink = ({ url }: OutputFile) => /^https?:/i.test(url);
	const file = Array.isArray(files) ? (files as OutputFile[]).find(isLink) : undefined;
	return {
		...(typeof cost === 'number' ? { cost } : {}),
		...(text ? { text: text.text.slice(0, TEXT_LENGTH) } : {}),
		...(file ? { kind: file.kind, url: file.url } : {}),
	};
}

/** Names of prompt inputs in workflows. */
const PROMPT = /prompt|^(text|positive|string|clip_[lg]$|t5xxl)/i;

/**
 * A few words that tell a run from others: its prompt, or the first input that it sets. Undefined if it sets no
 * inputs, or only files.
 */
export function aboutOf({
	overrides = {},
	inputs: direct = {},
}: Pick<SubmitInput, 'overrides' | 'inputs'>): string | undefined {
	const groups = [direct, ...Object.values(overrides).map((node) => node.inputs ?? {})];
	const inputs = groups
		.flatMap((some) => Object.entries(some))
		.filter(([, value]) => isPlain(value));
	const prompt = inputs.find(([name, value]) => PROMPT.test(name) && typeof value === 'string');
	if (prompt) return oneLine(String(prompt[1]), ABOUT_LENGTH);
	const [first] = inputs;
	return first && oneLine(`${first[0]}: ${String(first[1])}`, ABOUT_LENGTH);
}

function isPlain(value: unknown): boolean {
	if (typeof value === 'string') return value.trim() !== '' && !/^data:/i.test(value);
	return ['number', 'bigint', 'boolean'].includes(typeof value);
}
