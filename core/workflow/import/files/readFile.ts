import { invalidInput } from '../../../errors';
import { parseJson, withoutNonFinite } from '../../../json/numbers';
import { isObject, type JsonObject, tried } from '../../../json/objects';
import type { JsonSource } from '../../../json/userJson';
import { type SomeWorkflow, someWorkflow } from '../workflowSource';
import { readFlac, readOgg } from './comments';
import { readJpeg, readWebp } from './exif';
import { readMp3 } from './id3';
import { readMp4 } from './mp4';
import { readPng } from './png';
import { ascii, concat, decodeText, type Tag, type Tags } from './tag';
import { readWebm } from './webm';

const READERS: readonly [RegExp, (bytes: Uint8Array) => Tags][] = [
	[/^\x89PNG\r\n\x1a\n/, readPng],
	[/^RIFF[^]{4}WEBP/, readWebp],
	[/^\xff\xd8\xff/, readJpeg],
	[/^[^]{4}ftyp/, readMp4],
	[/^\x1aE\xdf\xa3/, readWebm],
	[/^fLaC/, readFlac],
	[/^OggS/, readOgg],
	// With a tag, or the sound at once.
	[/^(ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb])/, readMp3],
];

const HEAD = 16;

/** What a picture, video or sound holds of ComfyUI's. */
export interface Found {
	/** The graph that ran, then what the editor showed: those of them that are there, as JSON. */
	workflows: JsonObject[];
	/** Names of those that are there and cannot be read. */
	broken: string[];
	/** Whether the file ends before a part of it does. */
	cut: boolean;
}

/** Looks for ComfyUI's workflows in a file; undefined for a type that is not in `READERS`. Never throws. */
export async function findWorkflows(bytes: Uint8Array): Promise<Found | undefined> {
	const head = ascii(bytes, 0, HEAD);
	const [, read] = READERS.find(([pattern]) => pattern.test(head)) ?? [];
	if (!read) return undefined;
	const { tags, cut } = read(bytes);
	const broken: string[] = [];
	const valueOf = async (name: string) => {
		const tag = tags.find((one) => one.name.toLowerCase() === name);
		const value = tag && (await readTag(tag));
		if (tag && !value && name !== 'comment') broken.push(name);
		return value;
	};
	const [prompt, workflow] = [await valueOf('prompt'), await valueOf('workflow')];
	const comment = await valueOf('comment');
	const found = [
		prompt ?? readJson(comment?.['prompt']),
		workflow ?? readJson(comment?.['workflow']),
	];
	return { workflows: found.filter((one) => one !== undefined), broken, cut };
}

async function readTag({ value, deflated }: Tag): Promise<JsonObject | undefined> {
	const bytes = deflated ? await inflate(value) : value;
	return bytes && readJson(decodeText(bytes));
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

/** Bytes of an unpacked text, more than any workflow has: a small file can unpack to gigabytes. */
const MOST = 16 * 1024 * 1024;

/** Unpacks bytes that zlib compressed; undefined if it did not, or there are too many. */
async function inflate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
	const unpacked = new DecompressionStream('deflate');
	const writer = unpacked.writable.getWriter();
	const reader = unpacked.readable.getReader();
	const chunks: Uint8Array[] = [];
	let length = 0;
	// The reader throws the same errors.
	const ignore = () => undefined;
	writer.write(Uint8Array.from(bytes)).catch(ignore);
	writer.close().catch(ignore);
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			length += value.length;
			if (length > MOST) return undefined;
			chunks.push(value);
		}
	} catch {
		return undefined;
	} finally {
		reader.cancel().catch(ignore);
	}
	return concat(chunks);
}

/**
 * The workflow in a file: a picture, video or sound that ComfyUI made (see `findWorkflows`), or JSON.
 * ComfyUI writes the graph that it ran (`prompt`, API format) and the one that its editor showed
 * (`workflow`); the first is taken if it can be read.
 * @throws RunComfyError `invalid_input`
 */
export async function readWorkflowFile(
	bytes: Uint8Array,
	{ name }: Pick<JsonSource, 'name'>,
): Promise<SomeWorkflow> {
	const found = await findWorkflows(bytes);
	if (found) return choose(found, name);
	const text = decodeText(bytes).trim();
	if (text.startsWith('{')) return someWorkflow(text, { name });
	const kind = text === '' ? 'empty' : 'of an unknown type';
	throw invalidInput(
		`${name} is ${kind}, so no workflow can be read from it`,
		`Give a PNG, WebP, JPEG, MP4, WebM, FLAC, MP3 or Opus that ComfyUI has made, or a workflow as JSON.`,
	);
}

function choose({ workflows, broken, cut }: Found, name: string): SomeWorkflow {
	for (const given of workflows) {
		try {
			return someWorkflow(given, { name });
		} catch {
			// The other one may be better.
		}
	}
	const why = broken.length > 0 ? `: ${broken.join(' and ')} cannot be read` : '';
	throw invalidInput(
		cut
			? `${name} is cut off, and what is left of it holds no workflow${why}`
			: `${name} holds no workflow${why}`,
		'ComfyUI writes its workflow into the files it saves, but many services and programs remove it. Use the original file, or export the workflow in ComfyUI.',
	);
}
