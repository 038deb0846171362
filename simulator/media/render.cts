import type { MediaSpec } from '../types.cjs';
import type { Canvas } from './canvas.cjs';
import { encodeFlac } from './flac.cjs';
import { encodeGlb } from './glb.cjs';
import { encodeMp4 } from './mp4.cjs';
import { encodeApng, encodePng } from './png.cjs';
import { paint } from './scene.cjs';
import { encodeWebm } from './webm.cjs';
import { encodeWebp } from './webp.cjs';

const VIDEO_WIDTH = 192;
const VIDEO_HEIGHT = 128;
const ANIMATED_FRAMES = 6;
const FRAME_MS = 150;

export const MIME_TYPES: Record<MediaSpec['media'], string> = {
	png: 'image/png',
	apng: 'image/png',
	webp: 'image/webp',
	mp4: 'video/mp4',
	webm: 'video/webm',
	flac: 'audio/flac',
	glb: 'model/gltf-binary',
};

/** The bytes of a hosted file; the same spec always gives the same bytes. */
export function render(spec: MediaSpec): Buffer {
	const { prompt, seed } = spec;
	switch (spec.media) {
		case 'png':
			return encodePng(paint(spec), { prompt, seed });
		case 'apng':
			return encodeApng(animate(spec, ANIMATED_FRAMES), FRAME_MS, { prompt, seed });
		case 'webp':
			return encodeWebp(animate(spec, ANIMATED_FRAMES), FRAME_MS, `${prompt} (seed ${seed})`);
		case 'mp4': {
			const scene = { width: VIDEO_WIDTH, height: VIDEO_HEIGHT, prompt, seed };
			return encodeMp4(animate(scene, spec.frames), spec.frameRate, `${prompt} (seed ${seed})`);
		}
		case 'webm':
			return encodeWebm(spec.frames, spec.frameRate, prompt, seed);
		case 'flac':
			return encodeFlac(spec.seconds, prompt, seed);
		case 'glb':
			return encodeGlb(prompt, seed);
	}
}

function animate(
	scene: { width: number; height: number; prompt: string; seed: string },
	count: number,
): [Canvas, ...Canvas[]] {
	const frame = (index: number): Canvas => paint({ ...scene, phase: index / count });
	return [frame(0), ...Array.from({ length: count - 1 }, (_, i) => frame(i + 1))];
}
