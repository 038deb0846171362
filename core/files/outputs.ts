import type { HostLabels } from '../host';
import { asObject, asText, isObject } from '../json/objects';
import { isWrittenOut } from '../media/dataUri';
import { safeFilename } from '../media/filenames';
import type { OutputNode } from '../request/receipt';
import { outputsLeftOut, type ResultAnswer } from '../request/result';
import { isFinalResult } from '../request/state';
import type { TargetResult } from '../service/kinds';
import { isFlat, readFlatOutput } from './flatOutput';
import {
	type AddressedFile,
	isAddress,
	type OutputFile,
	type Outputs,
	readFile,
} from './outputFile';
import { OutputList } from './outputList';

interface OutputChoice {
	/** Only these node ids, or channels of a run without nodes; all by default. */
	nodeIds?: readonly string[] | undefined;
}

/**
 * What a result's `outputs` hold (node id → channel → list, as ComfyUI's history has it). Takes any form: what is
 * neither a file nor a text is a value.
 */
export function readOutputs(outputs: unknown): Outputs {
	if (isFlat(outputs)) return readFlatOutput(outputs);
	const found = new OutputList();
	for (const [nodeId, given] of Object.entries(asObject(outputs))) {
		const channels = isObject(given) && !isFile(given) ? given : { output: given };
		for (const [channel, value] of Object.entries(channels)) {
			for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
				collect(found, { node_id: nodeId, channel }, item);
			}
		}
	}
	return found.toOutputs();
}

/** The outputs in a result of any kind of target. */
export function readResultOutputs({
	outputs,
	output,
}: Pick<TargetResult, 'outputs' | 'output'>): Outputs {
	return output === undefined ? readOutputs(outputs) : readFlatOutput(output);
}

/** The outputs that the user wants; the order stays. */
export function chooseOutputs(outputs: Outputs, choice: OutputChoice = {}): Outputs {
	const wanted = choice.nodeIds?.map((id) => id.trim()).filter(Boolean) ?? [];
	const place = ({ node_id, channel }: Place) => node_id ?? channel;
	const ofNode = (one: Place) => wanted.length === 0 || wanted.includes(place(one));
	const given = outputs.files.filter(ofNode);
	const saved = given.filter(({ type }) => type === 'output');
	// If the run saved nothing, or you name the nodes, you want their previews.
	const withPreviews = wanted.length > 0 || saved.length === 0;
	const present = new Set([...outputs.files, ...outputs.texts, ...outputs.values].map(place));
	const missing = wanted.filter((id) => !present.has(id));
	return {
		files: withPreviews ? given : saved,
		texts: outputs.texts.filter(ofNode),
		values: outputs.values.filter(ofNode),
		warnings: [
			...outputs.warnings,
			...missing.map((id) => `Node ${id} gave no output in this run.`),
		],
	};
}

type Place = Pick<OutputFile, 'node_id' | 'channel'>;

function collect(found: OutputList, place: Required<Place>, given: unknown): void {
	if (given === null || given === undefined) return;
	// Without a look at it, so that millions cost nothing.
	if (found.isFull) return found.leaveOut();
	const { node_id: nodeId, channel } = place;
	const item = fileIn(given) ?? given;
	if (typeof item === 'string') return found.addText({ ...place, text: item });
	if (isFile(item)) return found.addFile(readFile(channel, item, nodeId));
	if (isObject(item) && asText(item['filename']) !== undefined) {
		const written = `Node ${nodeId} wrote ${safeFilename(String(item['filename']))}`;
		return found.warn(`${written}, but RunComfy gave no address for it.`);
	}
	if (isNothing(item) || isFlagOfViewer(channel, item)) return;
	found.addValue({ ...place, value: item });
	eachFileWithin(item, (file) => {
		if (found.isFull) found.leaveOut();
		else found.addFile(readFile(channel, file, nodeId));
	});
}

/** A whole file that is written out. */
function fileIn(item: unknown): AddressedFile | undefined {
	return isWrittenOut(item) ? { url: item } : undefined;
}

function isFile(item: unknown): item is AddressedFile {
	return isObject(item) && isAddress(item['url']);
}

/** The files in a value, at any depth. */
function eachFileWithin(value: unknown, use: (file: AddressedFile) => void): void {
	if (typeof value !== 'object' || value === null) return;
	for (const inner of Object.values(value) as unknown[]) {
		const item = fileIn(inner) ?? inner;
		if (isFile(item)) use(item);
		else eachFileWithin(item, use);
	}
}

/** ComfyUI tells its viewer with this whether the pictures beside it move. */
function isFlagOfViewer(channel: string, item: unknown): boolean {
	return channel === 'animated' && typeof item === 'boolean';
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
	return `If the run had the inputs of an earlier one, ComfyUI may have reused cached results: ${switchOn}set a seed to "random". It also leaves out an output whose inputs do not fit: check what feeds it.`;
}

/** Whether it holds nothing, such as the channels of a node whose lists are empty. */
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
	// As long as there are no outputs, it is no mistake that those of the wanted nodes are missing.
	return chooseOutputs(all, isFinalResult(status) ? { nodeIds } : {});
}
