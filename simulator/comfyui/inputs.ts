import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { isObject } from '../json';
import type { Graph } from '../types';
import type { Comfy } from './client';
import { reasonOf, Unreachable } from './client';

/**
 * A file that could not be passed to a node. Like RunComfy, the simulator accepts the request and lets the run fail.
 */
export class FileProblem extends Error {}

interface InputFile {
	bytes: Uint8Array<ArrayBuffer>;
	/** File name extension, without the dot. */
	ending: string;
}

/** Time limit for a download, in milliseconds. */
const DOWNLOAD_MS = 60_000;

/**
 * Uploads data URIs and web addresses to ComfyUI's input folder, for inputs that expect a file name.
 * @throws Unreachable, FileProblem
 */
export async function uploadFiles(comfy: Comfy, graph: Graph): Promise<void> {
	for (const [id, { class_type, inputs }] of Object.entries(graph)) {
		const found = Object.entries(inputs).filter(([, value]) => isAddress(value));
		if (found.length === 0) continue;
		const path = `/object_info/${encodeURIComponent(class_type)}`;
		const { body } = await comfy.ask(path);
		for (const [name, value] of found) {
			if (!isChoice(isObject(body) ? body[class_type] : undefined, name)) continue;
			inputs[name] = await upload(comfy, String(value)).catch((error: unknown) => {
				if (error instanceof Unreachable) throw error;
				throw new FileProblem(`Node ${id} (${class_type}): ${name}: ${reasonOf(error)}`);
			});
		}
	}
}

const isAddress = (value: unknown): boolean =>
	typeof value === 'string' && /^(data:|https?:\/\/)/i.test(value);

/** Whether an input chooses a file name from a list; in a text input, a URL may be meant literally. */
function isChoice(info: unknown, name: string): boolean {
	const { required, optional } = objectIn(objectIn(info)['input']);
	const spec = objectIn(required)[name] ?? objectIn(optional)[name];
	const type: unknown = Array.isArray(spec) ? spec[0] : undefined;
	return Array.isArray(type) || type === 'COMBO';
}

const objectIn = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

/** @returns the name by which a node finds the file; the same bytes always get the same name */
async function upload(comfy: Comfy, address: string): Promise<string> {
	const { bytes, ending } = /^data:/i.test(address) ? decode(address) : await download(address);
	const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
	const form = new FormData();
	form.append('image', new Blob([bytes]), `runcomfy-${digest}.${ending}`);
	form.append('overwrite', 'true');
	const { status, body } = await comfy.ask('/upload/image', { body: form });
	const { name, subfolder } = objectIn(body);
	if (status !== 200) throw new Error(`ComfyUI answered HTTP ${status} to its upload`);
	return [subfolder, name].filter(Boolean).join('/');
}

function decode(uri: string): InputFile {
	const comma = uri.indexOf(',');
	const head = uri.slice('data:'.length, comma);
	if (comma === -1 || !/;base64$/i.test(head)) {
		throw new Error('a data URI must be of the form data:<type>;base64,<data>');
	}
	return { bytes: Buffer.from(uri.slice(comma + 1), 'base64'), ending: endingOf(head) };
}

async function download(address: string): Promise<InputFile> {
	const response = await fetch(address, {
		headers: { 'user-agent': 'RunComfy-Simulator' },
		signal: AbortSignal.timeout(DOWNLOAD_MS),
	});
	if (!response.ok) throw new Error(`${address} answered HTTP ${response.status}`);
	const ending = extname(new URL(address).pathname).slice(1);
	const type = response.headers.get('content-type') ?? '';
	return {
		bytes: new Uint8Array(await response.arrayBuffer()),
		ending: /^\w{1,5}$/.test(ending) ? ending : endingOf(type),
	};
}

const ENDINGS: Record<string, string> = {
	jpeg: 'jpg',
	mpeg: 'mp3',
	quicktime: 'mov',
	matroska: 'mkv',
	'gltf-binary': 'glb',
};

/** The file extension for a MIME type: `png` for `image/png`, `wav` for `audio/x-wav;codecs=1`. */
function endingOf(type: string): string {
	const name = /^\w+\/(?:x-)?(?<name>[\w-]+)/.exec(type)?.groups?.['name'] ?? '';
	return ENDINGS[name] ?? (/^\w{1,5}$/.test(name) ? name : 'bin');
}
