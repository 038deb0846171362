import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MediaSpec } from '../types.cjs';
import { paint } from './paint.cjs';
import { encodePng } from './png.cjs';

export const MIME_TYPES: Record<MediaSpec['media'], string> = {
	png: 'image/png',
	apng: 'image/png',
	jpeg: 'image/jpeg',
	webp: 'image/webp',
	mp4: 'video/mp4',
	webm: 'video/webm',
	flac: 'audio/flac',
	glb: 'model/gltf-binary',
};

/**
 * The bytes of a hosted file; the same spec always gives the same bytes. For each format other than PNG there is one
 * sample. They were made once: ffmpeg encoded pictures that the simulator drew, and a tone.
 */
export const render = (spec: MediaSpec): Buffer =>
	spec.media === 'png'
		? encodePng(paint(spec), { prompt: spec.prompt, seed: spec.seed })
		: readFileSync(join(__dirname, 'samples', `sample.${spec.media}`));
