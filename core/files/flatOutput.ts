import { isObject, type JsonObject } from '../json/objects';
import { type AddressedFile, isAddress, type Outputs, readFile } from './outputFile';

/** Whether `outputs` are not grouped by node: LoRA deployments return URLs and texts, alone or in lists. */
export function isFlat(outputs: unknown): boolean {
	if (!isObject(outputs)) return false;
	const values = Object.values(outputs);
	if (values.some(isObject)) return false;
	const holdsAddress = (value: unknown) =>
		Array.isArray(value) ? value.some(isFlatAddress) : isFlatAddress(value);
	return values.some(holdsAddress) || !Object.keys(outputs).every(isNodeId);
}

function isNodeId(name: string): boolean {
	return /^[\d:]+$/.test(name);
}

/**
 * Reads the `output` of a LoRA deployment or a hosted model, such as `{"images": ["https://…"]}`. Every model has
 * its own form, so every value is read.
 */
export function readFlatOutput(output: unknown): Outputs {
	const found: Outputs = { files: [], texts: [], values: [], warnings: [] };
	const urls = new Set<string>();

	const collect = (value: unknown, path: readonly string[]): void => {
		if (value === null || value === undefined) return;
		if (isFlatAddress(value)) {
			collectFile({ url: value }, path);
		} else if (typeof value === 'string') {
			if (value.trim()) found.texts.push({ channel: channelOf(path), text: value });
		} else if (typeof value !== 'object' || isListOfScalars(value)) {
			found.values.push({ channel: channelOf(path), value });
		} else if (Array.isArray(value)) {
			for (const one of value as unknown[]) collect(one, path);
		} else {
			collectObject(value as JsonObject, path);
		}
	};
	const collectObject = (value: JsonObject, path: readonly string[]) => {
		const url = FILE_KEYS.map((key) => value[key]).find(isFlatAddress);
		const { filename, content_type } = value;
		if (url !== undefined) collectFile({ url, filename, content_type }, path);
		for (const [key, inner] of Object.entries(value)) {
			// Other facts about a file, such as its width, are not outputs of the run.
			const isOutput = url === undefined || isFlatAddress(inner) || typeof inner === 'object';
			if (isOutput) collect(inner, FILE_KEYS.includes(key) ? path : [...path, key]);
		}
	};
	const collectFile = (file: AddressedFile, path: readonly string[]) => {
		// Some models also return the first image of a list on its own.
		if (!urls.has(file.url)) found.files.push(readFile(channelOf(path), file));
		urls.add(file.url);
	};
	collect(output, []);
	const isEmpty = found.files.length === 0 && found.texts.length === 0;
	return isEmpty ? { ...found, warnings: [NO_OUTPUT] } : found;
}

/** Whether a value is a list such as an embedding, which counts as one value. */
function isListOfScalars(value: unknown): boolean {
	return (
		Array.isArray(value) &&
		value.length > 0 &&
		value.every((one) => typeof one !== 'object' && typeof one !== 'string')
	);
}

const FILE_KEYS = ['url', 'path'];

const channelOf = (path: readonly string[]) => path.join('.') || 'output';

/** Text that only begins with a URL is not a file. */
function isFlatAddress(value: unknown): value is string {
	return isAddress(value) && !/\s/.test(value);
}

const NO_OUTPUT = 'RunComfy gave no files and no texts for this run.';
