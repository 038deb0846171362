import type { HostLabels } from '../host';
import { asObject, asString, isObject } from '../json/objects';
import { safeFilename } from '../media/filenames';
import type { OutputNode } from '../request/receipt';
import type { TargetResult } from '../request/result';
import { outputsLeftOut, type ResultAnswer } from '../request/result';
import { isFinalResult } from '../request/state';
import { listFew } from '../text';
import { isFlat, readFlatOutput } from './flatOutput';
import {
	type AddressedFile,
	isAddress,
	type OutputFile,
	type Outputs,
	readFile,
} from './outputFile';

interface OutputChoice {
	/** Ids of the nodes whose outputs to keep, or channels if the run has no nodes. By default, all. */
	nodeIds?: readonly string[] | undefined;
}

/**
 * Reads a result's `outputs` (node id → channel → list, as in ComfyUI's history). Accepts any form: anything that is
 * not a file or a text becomes a value.
 */
export function readOutputs(outputs: unknown): Outputs {
	if (isFlat(outputs)) return readFlatOutput(outputs);
	const found: Outputs = { files: [], texts: [], values: [], warnings: [] };
	for (const [nodeId, nodeOutput] of Object.entries(asObject(outputs))) {
		const channels =
			isObject(nodeOutput) && !isAddressedFile(nodeOutput) ? nodeOutput : { output: nodeOutput };
		for (const [channel, value] of Object.entries(channels)) {
			for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
				collectItem(found, { node_id: nodeId, channel }, item);
			}
		}
	}
	return found;
}

/** Reads the outputs of a result from any kind of target. */
export function readResultOutputs({
	outputs,
	output,
}: Pick<TargetResult, 'outputs' | 'output'>): Outputs {
	return output === undefined ? readOutputs(outputs) : readFlatOutput(output);
}

/** Keeps the outputs that the user wants, in the same order. */
export function chooseOutputs(outputs: Outputs, choice: OutputChoice = {}): Outputs {
	const wanted = choice.nodeIds?.map((id) => id.trim()).filter(Boolean) ?? [];
	const originId = ({ node_id, channel }: Origin) => node_id ?? channel;
	const ofNode = (one: Origin) => wanted.length === 0 || wanted.includes(originId(one));
	const chosen = outputs.files.filter(ofNode);
	const saved = chosen.filter(({ type }) => type === 'output');
	// Previews count if the run saved nothing, or if the user chose the nodes.
	const withPreviews = wanted.length > 0 || saved.length === 0;
	const present = new Set([...outputs.files, ...outputs.texts, ...outputs.values].map(originId));
	const missing = wanted.filter((id) => !present.has(id));
	return {
		files: withPreviews ? chosen : saved,
		texts: outputs.texts.filter(ofNode),
		values: outputs.values.filter(ofNode),
		warnings: [
			...outputs.warnings,
			...missing.map((id) => `Node ${id} had no output in this run.`),
		],
	};
}

type Origin = Pick<OutputFile, 'node_id' | 'channel'>;

function collectItem(found: Outputs, origin: Required<Origin>, item: unknown): void {
	if (item === null || item === undefined) return;
	const { node_id: nodeId, channel } = origin;
	if (typeof item === 'string') return void found.texts.push({ ...origin, text: item });
	if (isAddressedFile(item)) return void found.files.push(readFile(channel, item, nodeId));
	if (isObject(item) && asString(item['filename']) !== undefined) {
		const written = `Node ${nodeId} wrote ${safeFilename(String(item['filename']))}`;
		return void found.warnings.push(`${written}, but RunComfy gave no address for it.`);
	}
	if (isNothing(item) || isFlagOfViewer(channel, item)) return;
	found.values.push({ ...origin, value: item });
}

function isAddressedFile(item: unknown): item is AddressedFile {
	return isObject(item) && isAddress(item['url']);
}

/** ComfyUI's `animated` flag only tells its viewer whether the images move. */
function isFlagOfViewer(channel: string, item: unknown): boolean {
	return channel === 'animated' && typeof item === 'boolean';
}

/**
 * Warns of output nodes without outputs in a run that succeeded: ComfyUI drops an output whose branch fails
 * validation (`validate_prompt` in execution.py). Skips nodes that ComfyUI itself reports, since the result already
 * warns about them.
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
	if (missing.length === 0) return [];
	const names = listFew(missing.map(({ id, title }) => `Node ${id} · ${title}`));
	return [`${names} had no output in this run. ${why(labels)}`];
}

function why(labels: HostLabels | undefined): string {
	const switchOn = labels ? `turn on ${labels.randomSeeds}, or ` : '';
	return `If the run had the inputs of an earlier one, ComfyUI may have reused cached results: ${switchOn}set a seed to "random". It also leaves out an output whose inputs do not fit: check what feeds it.`;
}

/** Whether an output is empty, such as that of a node with only empty lists. */
function isNothing(value: unknown): boolean {
	if (value === null || value === undefined || value === '') return true;
	if (typeof value !== 'object') return false;
	return Object.values(value).every((channel) => Array.isArray(channel) && channel.length === 0);
}

/** The outputs of a result that the user wants, with all warnings. */
export function outputsOf(result: ResultAnswer, { nodeIds }: OutputChoice = {}): Outputs {
	const { status, warnings = [] } = result;
	const read = readResultOutputs(result);
	const all = { ...read, warnings: [...warnings, ...read.warnings] };
	// Until the request has ended, missing outputs are no reason for a warning.
	return chooseOutputs(all, isFinalResult(status) ? { nodeIds } : {});
}
