import type { MediaSpec } from '../types.cjs';
import type { Canvas } from './canvas.cjs';
import { encodeGlb } from './glb.cjs';
import { encodeMp4 } from './mp4.cjs';
import { encodeApng, encodePng } from './png.cjs';
import { paint } from './scene.cjs';
import { encodeWav } from './wav.cjs';

const VIDEO_WIDTH = 192;
const VIDEO_HEIGHT = 128;
const APNG_FRAMES = 6;

export const MIME_TYPES: Record<MediaSpec['media'], string> = {
	png: 'image/png',
	apng: 'image/png',
	mp4: 'video/mp4',
	wav: 'audio/wav',
	glb: 'model/gltf-binary',
};

/** The bytes of a hosted file; the same spec always gives the same bytes. */
export function render(spec: MediaSpec): Buffer {
	const { prompt, seed } = spec;
	switch (spec.media) {
		case 'png':
			return encodePng(paint(spec), { prompt, seed });
		case 'apng':
			return encodeApng(animate(spec, APNG_FRAMES), 150, { prompt, seed });
		case 'mp4': {
			const scene = { width: VIDEO_WIDTH, height: VIDEO_HEIGHT, prompt, seed };
			return encodeMp4(animate(scene, spec.frames), spec.frameRate, `${prompt} (seed ${seed})`);
		}
		case 'wav':
			return encodeWav(spec.seconds, prompt, seed);
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
