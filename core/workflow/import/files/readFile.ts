import { RunComfyError } from '../../../errors';
import { sniffMimeType } from '../../../files/fileTypes';
import { parseJson } from '../../../json/bigIntegers';
import { withoutNonFinite } from '../../../json/nonFinite';
import { isObject, type JsonObject } from '../../../json/read';
import type { JsonSource } from '../../../json/userJson';
import { type SomeWorkflow, someWorkflow } from '../someWorkflow';
import { readJpeg, readWebp } from './exif';
import { inflate } from './inflate';
import { readMp4 } from './mp4';
import { readPng } from './png';
import { decodeText, type Tag, type Tags } from './tag';
import { readWebm } from './webm';

const READERS: Record<string, ((bytes: Uint8Array) => Tags) | undefined> = {
	'image/png': readPng,
	'image/webp': readWebp,
	'image/jpeg': readJpeg,
	'video/mp4': readMp4,
	'video/quicktime': readMp4,
	'video/webm': readWebm,
	'video/x-matroska': readWebm,
};

/**
 * The workflow in a file: a picture or video that ComfyUI made (PNG, WebP, JPEG, MP4, WebM), or JSON.
 * ComfyUI writes the graph that it ran (`prompt`, API format) and the one that its editor showed
 * (`workflow`); the first is taken where it can be read.
 * @throws RunComfyError `invalid_input`
 */
export async function readWorkflowFile(
	bytes: Uint8Array,
	{ name }: Pick<JsonSource, 'name'>,
): Promise<SomeWorkflow> {
	const type = sniffMimeType(bytes);
	const read = READERS[type ?? ''];
	if (read) return fromTags(read(bytes), name);
	const text = decodeText(bytes).trim();
	if (text.startsWith('{')) return someWorkflow(text, { name });
	throw new RunComfyError(
		'invalid_input',
		`${name} is ${type ?? (text === '' ? 'empty' : 'of a type that is not known')}, and no file that a workflow is read from`,
		{ hint: `Give a PNG, WebP, JPEG, MP4 or WebM that ComfyUI has made, or a workflow as JSON.` },
	);
}

async function fromTags({ tags, cut }: Tags, name: string): Promise<SomeWorkflow> {
	const found = await namedIn(tags);
	for (const read of [found.prompt, found.workflow]) {
		const workflow = read && tried(() => someWorkflow(read, { name }));
		if (workflow) return workflow;
	}
	const broken = found.broken.length > 0 ? `: ${found.broken.join(' and ')} cannot be read` : '';
	throw new RunComfyError(
		'invalid_input',
		cut
			? `${name} is cut off, and what is left of it holds no workflow${broken}`
			: `${name} holds no workflow${broken}`,
		{
			hint: 'ComfyUI writes its workflow into the files it saves, but many services and programs remove it. Use the original file, or export the workflow in ComfyUI.',
		},
	);
}

interface Found {
	prompt?: JsonObject;
	workflow?: JsonObject;
	broken: string[];
}

/** Both of them, by themselves or together in a comment; the first of each name counts. */
async function namedIn(tags: readonly Tag[]): Promise<Found> {
	const found: Found = { broken: [] };
	for (const name of ['prompt', 'workflow', 'comment'] as const) {
		const tag = tags.find((one) => one.name.toLowerCase() === name);
		if (!tag) continue;
		const value = tag.deflated ? await inflate(tag.value) : tag.value;
		const read = value && readJson(decodeText(value));
		if (name === 'comment') Object.assign(found, { ...both(read), ...found });
		else if (read) found[name] = read;
		else found.broken.push(name);
	}
	return found;
}

function both(comment: JsonObject | undefined): Partial<Found> {
	const prompt = readJson(comment?.['prompt']);
	const workflow = readJson(comment?.['workflow']);
	return { ...(prompt ? { prompt } : {}), ...(workflow ? { workflow } : {}) };
}

/** VHS_VideoCombine writes JSON as a text of JSON, and some tools that once more. */
const MOST_LAYERS = 4;

function readJson(value: unknown): JsonObject | undefined {
	let read = value;
	for (let layer = 0; layer < MOST_LAYERS && typeof read === 'string'; layer += 1) {
		const text = trimmed(read);
		read = tried(() => parseJson(text)) ?? tried(() => parseJson(withoutNonFinite(text)));
	}
	return isObject(read) ? read : undefined;
}

function trimmed(text: string): string {
	const zero = text.indexOf('\0');
	return (zero === -1 ? text : text.slice(0, zero)).trim();
}

function tried<T>(work: () => T): T | undefined {
	try {
		return work();
	} catch {
		return undefined;
	}
}
