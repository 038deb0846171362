import type { MediaSpec } from '../types.cjs';
import { encodePng } from './png.cjs';
import { annotatedSample } from './samples.cjs';
import { paint } from './scene.cjs';

export const MIME_TYPES: Record<MediaSpec['media'], string> = {
	png: 'image/png',
	apng: 'image/png',
	webp: 'image/webp',
	jpeg: 'image/jpeg',
	mp4: 'video/mp4',
	webm: 'video/webm',
	flac: 'audio/flac',
	glb: 'model/gltf-binary',
};

/** The bytes of a hosted file; the same spec always gives the same bytes. */
export function render(spec: MediaSpec): Buffer {
	const { prompt, seed } = spec;
	return spec.media === 'png'
		? encodePng(paint(spec), { prompt, seed })
		: annotatedSample(spec.media, prompt, seed);
}
