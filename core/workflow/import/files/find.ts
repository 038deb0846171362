import { parseJson, withoutNonFinite } from '../../../json/numbers';
import { isObject, type JsonObject } from '../../../json/objects';
import { readFlac, readOgg } from './comments';
import { readJpeg, readWebp } from './exif';
import { readMp3 } from './id3';
import { inflate } from './inflate';
import { readMp4 } from './mp4';
import { readPng } from './png';
import { ascii, decodeText, type Tag, type Tags } from './tag';
import { readWebm } from './webm';

/** By the first bytes of a file. */
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

/**
 * Looks for ComfyUI's workflows in a PNG, WebP, JPEG, MP4, WebM, FLAC, MP3 or Opus; undefined for any
 * other file. Never throws.
 */
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

function tried<T>(work: () => T): T | undefined {
	try {
		return work();
	} catch {
		return undefined;
	}
}
