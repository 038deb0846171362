import { isObject, type JsonObject } from '../json/objects';
import { oneLine } from '../text';
import { isWrittenOut } from './dataUri';
import { type Outputs, readFile } from './outputFile';

/** Whether `outputs` are not grouped by node, but are addresses alone or in lists, as LoRA deployments give them. */
export function isFlat(outputs: unknown): boolean {
	if (!isObject(outputs)) return false;
	const values = Object.values(outputs);
	const items = values.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : [value]));
	return !values.some(isObject) && items.some(isAddress);
}

/**
 * Files and texts of the `output` of a LoRA deployment or a hosted model: `{"images": ["https://…"]}`, and
 * anything like it. Its form differs from model to model, so every value in it is read.
 */
export function readFlatOutput(output: unknown): Outputs {
	const found: Outputs = { files: [], texts: [], warnings: [] };
	const urls = new Set<string>();

	const collect = (value: unknown, path: readonly string[]): void => {
		if (Array.isArray(value)) {
			for (const one of value as unknown[]) collect(one, path);
		} else if (isObject(value)) {
			const file = FILE_KEYS.map((key) => value[key]).find(isAddress);
			if (file !== undefined) collectFile(String(file), path, value);
			for (const [key, inner] of Object.entries(value)) {
				// Other facts about a file, such as its width, are not texts of the run.
				const known = file === undefined || isAddress(inner) || typeof inner === 'object';
				if (known) collect(inner, FILE_KEYS.includes(key) ? path : [...path, key]);
			}
		} else if (isAddress(value)) {
			collectFile(String(value), path);
		} else if (typeof value === 'string') {
			const channel = channelOf(path);
			if (LOOKS_LIKE_FILE.test(value)) {
				found.warnings.push(
					`"${channel}" of the output holds no web address that can be fetched: ${oneLine(value, 100)}`,
				);
			} else if (value.trim()) found.texts.push({ channel, text: value });
		}
	};
	const collectFile = (url: string, path: readonly string[], about: JsonObject = {}) => {
		const { filename, content_type } = about;
		const file = readFile(channelOf(path), { url, filename, content_type });
		// The first image of a list may also stand alone.
		if (file && !urls.has(url)) found.files.push(file);
		urls.add(url);
	};

	collect(output, []);
	if (Object.values(found).every(({ length }) => length === 0)) found.warnings.push(NOTHING);
	return found;
}

const FILE_KEYS = ['url', 'path'];

const channelOf = (path: readonly string[]) => path.join('.') || 'output';

function isAddress(value: unknown): boolean {
	if (isWrittenOut(value)) return true;
	return typeof value === 'string' && /^https?:\/\/\S+$/i.test(value) && URL.canParse(value);
}

/** Addresses that cannot be fetched from here. */
const LOOKS_LIKE_FILE = /^(?:[a-z][a-z\d+.-]*:)?\/\/\S+$|^data:[\w/+.-]+[;,]/i;

const NOTHING = 'RunComfy gave no files and no texts for this run.';
