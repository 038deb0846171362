import { extname } from 'node:path';
import type { Reply } from '../reply.cjs';
import { ranged } from '../reply.cjs';
import type { OutputFile } from '../types.cjs';
import type { Comfy } from './client.cjs';
import { passOn } from './client.cjs';

/**
 * Anything else is bytes to a browser: a page or a drawing with a script would run at the simulator's
 * address.
 */
const TYPES: Record<string, string> = {
	...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp' },
	...{ gif: 'image/gif', mp4: 'video/mp4', webm: 'video/webm', mov: 'video/quicktime' },
	...{ mkv: 'video/x-matroska', flac: 'audio/flac', mp3: 'audio/mpeg', opus: 'audio/ogg' },
	...{ ogg: 'audio/ogg', wav: 'audio/wav', m4a: 'audio/mp4', glb: 'model/gltf-binary' },
	...{ gltf: 'model/gltf+json', json: 'application/json', txt: 'text/plain; charset=utf-8' },
};

/** A file of ComfyUI, or the part of it that a `Range` header asks for. @throws Unreachable */
export async function fetchFile(
	comfy: Comfy,
	{ filename, subfolder, type }: OutputFile,
	range: string | undefined,
): Promise<Reply> {
	const query = new URLSearchParams({ filename, subfolder, type });
	const headers = range === undefined ? {} : { range };
	const response = await comfy.call(`/view?${query}`, { headers });
	const reply = passOn(response, 'content-range', 'accept-ranges');
	reply.headers['content-type'] =
		TYPES[extname(filename).slice(1).toLowerCase()] ?? 'application/octet-stream';
	reply.headers['x-content-type-options'] = 'nosniff';
	return reply.status === 200 ? ranged(reply, range) : reply;
}
