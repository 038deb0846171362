import type { HostLabels } from '../host';
import { asText, isObject } from '../json/objects';
import type { OutputNode } from '../request/receipt';
import { outputsLeftOut, type ResultAnswer } from '../request/result';
import type { TargetResult } from '../target/kinds';
import { isWrittenOut } from './dataUri';
import { safeFilename } from './filenames';
import { isFlat, readFlatOutput } from './flatOutput';
import { type OutputFile, type Outputs, type OutputText, readFile } from './outputFile';

export interface OutputChoice {
	/** Only these node ids, or channels of a run without nodes; all by default. */
	nodeIds?: readonly string[] | undefined;
}

/**
 * Files and texts of a result's `outputs` (node id → channel → list, as ComfyUI's history has it).
 * Takes any form: what it does not understand stays in the raw result and breaks nothing.
 */
export function readOutputs(outputs: unknown): Outputs {
	if (isFlat(outputs)) return readFlatOutput(outputs);
	const found: Outputs = { files: [], texts: [], warnings: [] };
	if (!isObject(outputs)) return found;
	for (const [nodeId, channels] of Object.entries(outputs)) {
		if (!isObject(channels)) continue;
		for (const [channel, value] of Object.entries(channels)) {
			for (const item of [value].flat()) collect(found, nodeId, channel, item);
		}
	}
	return found;
}

/** Files and texts of a result of any kind of target. */
export function readResultOutputs({
	outputs,
	output,
}: Pick<TargetResult, 'outputs' | 'output'>): Outputs {
	return output === undefined ? readOutputs(outputs) : readFlatOutput(output);
}

/** The files and texts that the user wants; the order stays. */
export function chooseOutputs(outputs: Outputs, choice: OutputChoice = {}): Outputs {
	const wanted = choice.nodeIds?.map((id) => id.trim()).filter(Boolean) ?? [];
	const place = ({ node_id, channel }: OutputText | OutputFile) => node_id ?? channel;
	const ofNode = (one: OutputText | OutputFile) =>
		wanted.length === 0 || wanted.includes(place(one));
	const given = outputs.files.filter(ofNode);
	const saved = given.filter(({ type }) => type === 'output');
	// If the run saved nothing, or you name the nodes, you want their previews.
	const withPreviews = wanted.length > 0 || saved.length === 0;
	const present = new Set([...outputs.files, ...outputs.texts].map(place));
	const missing = wanted.filter((id) => !present.has(id));
	return {
		files: withPreviews ? given : saved,
		texts: outputs.texts.filter(ofNode),
		warnings: [
			...outputs.warnings,
			...missing.map((id) => `Node ${id} gave no output in this run.`),
		],
	};
}

function collect(found: Outputs, nodeId: string, channel: string, given: unknown): void {
	const item = isWrittenOut(given) ? { url: given } : given;
	if (typeof item === 'string') {
		found.texts.push({ node_id: nodeId, channel, text: item });
	} else if (isObject(item)) {
		const file = readFile(channel, item, nodeId);
		const name = asText(item['filename']);
		if (file) found.files.push(file);
		else if (name !== undefined) {
			const written = `Node ${nodeId} wrote ${safeFilename(name)}`;
			found.warnings.push(`${written}, but RunComfy gave no address for it.`);
		}
	}
}

/** Nodes named one by one. */
const MOST_NAMED = 10;

/**
 * Warns of output nodes that gave nothing although the run succeeded: ComfyUI drops an output whose branch does
 * not validate (`validate_prompt` in execution.py). If it says so itself, the result warns of it already.
 */
export function warnOfMissingOutputs(
	result: Pick<ResultAnswer, 'outputs' | 'raw'>,
	expected: readonly OutputNode[] = [],
	labels?: HostLabels,
): string[] {
	const { outputs } = result;
	if (!isObject(outputs)) return [];
	const leftOut = new Set(outputsLeftOut(result));
	const missing = expected.filter(
		({ id }) => !leftOut.has(id) && (!Object.hasOwn(outputs, id) || isNothing(outputs[id])),
	);
	const more = missing.length - MOST_NAMED;
	return [
		...missing
			.slice(0, MOST_NAMED)
			.map(({ id, title }) => `Node ${id} · ${title} gave nothing in this run. ${why(labels)}`),
		...(more > 0 ? [`${more} more output nodes gave nothing in this run.`] : []),
	];
}

function why(labels: HostLabels | undefined): string {
	const switchOn = labels ? `turn on ${labels.randomSeeds}, or ` : '';
	return `If the run had the inputs of an earlier one, ComfyUI may have used its results again: ${switchOn}set a seed to "random". It also leaves out an output whose inputs do not fit: check what feeds it.`;
}

function isNothing(value: unknown): boolean {
	if (value === null || value === undefined || value === '') return true;
	if (typeof value !== 'object') return false;
	return Object.values(value).every((channel) => Array.isArray(channel) && channel.length === 0);
}
