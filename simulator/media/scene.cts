import type { Canvas, Rgb } from './canvas.cjs';
import { columnsIn, createCanvas, drawText, fillRect, lineHeight, wrap } from './canvas.cjs';

const BANDS = 24;
const PANEL = BANDS;
const INK = BANDS + 1;
const MUTED = BANDS + 2;
const ACCENT = BANDS + 3;
const ACCENT_2 = BANDS + 4;
const GRID = 9;

interface Scene {
	width: number;
	height: number;
	prompt: string;
	seed: string;
	facts: string[];
}

/** What every picture shows: colours and emblem of the seed, the prompt below. */
export function paint(scene: Scene): Canvas {
	const { width, height, seed } = scene;
	const canvas = createCanvas(width, height, paletteOf(seed, scene.prompt));
	for (let band = 0; band < BANDS; band += 1) {
		fillRect(canvas, 0, (band * height) / BANDS, width, height / BANDS + 1, band);
	}
	const panelHeight = drawCaption(canvas, scene);
	drawEmblem(canvas, scene, height - panelHeight);
	return canvas;
}

function paletteOf(seed: string, prompt: string): Rgb[] {
	const next = numbersFrom(`${seed}|colours`);
	const hue = next();
	const turn = 0.12 + next() * 0.3;
	const tint = numbersFrom(prompt)() * 0.15;
	const bands = Array.from({ length: BANDS }, (_, band) => {
		const t = band / (BANDS - 1);
		return hsl((hue + turn * t) % 1, 0.55 + tint, 0.66 - 0.34 * t);
	});
	return [
		...bands,
		[18, 20, 28],
		[245, 246, 250],
		[165, 172, 190],
		hsl((hue + 0.5) % 1, 0.75, 0.6),
		hsl((hue + 0.62) % 1, 0.7, 0.78),
	];
}

/** Returns the height the caption takes at the bottom. */
function drawCaption(canvas: Canvas, { width, height, prompt, seed, facts }: Scene): number {
	const scale = Math.max(1, Math.round(width / 300));
	const margin = Math.max(2, 4 * scale);
	const columns = columnsIn(width - 2 * margin, scale);
	const step = lineHeight(scale);
	const room = Math.max(1, Math.floor((height * 0.55) / step) - 1 - facts.length);
	const promptLines = wrap(prompt, columns, room);
	const small = [...facts, `seed ${seed}`].map((line) => wrap(line, columns, 1)[0] ?? '');
	const panelHeight = (promptLines.length + small.length) * step + margin;
	const top = height - panelHeight;
	fillRect(canvas, 0, top, width, panelHeight, PANEL);
	promptLines.forEach((line, i) => {
		drawText(canvas, line, margin, top + margin + i * step, scale, INK);
	});
	small.forEach((line, i) => {
		const y = top + margin + (promptLines.length + i) * step;
		drawText(canvas, line, margin, y, scale, MUTED);
	});
	return panelHeight;
}

function drawEmblem(canvas: Canvas, { width, seed }: Scene, height: number): void {
	const next = numbersFrom(`${seed}|emblem`);
	const cell = Math.floor((Math.min(width, height) * 0.8) / GRID);
	if (cell < 1) return;
	const left = Math.round((width - cell * GRID) / 2);
	const top = Math.round((height - cell * GRID) / 2);
	for (let row = 0; row < GRID; row += 1) {
		for (let column = 0; column <= GRID >> 1; column += 1) {
			const value = next();
			if (value < 0.5) continue;
			const colour = value < 0.78 ? ACCENT : ACCENT_2;
			for (const x of new Set([column, GRID - 1 - column])) {
				fillRect(canvas, left + x * cell, top + row * cell, cell, cell, colour);
			}
		}
	}
}

/** Deterministic numbers in [0, 1) from any text (FNV-1a, then a xorshift walk). */
export function numbersFrom(text: string): () => number {
	let state = 0x811c9dc5;
	for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
	state ||= 1;
	return () => {
		state ^= state << 13;
		state >>>= 0;
		state ^= state >>> 17;
		state ^= state << 5;
		state >>>= 0;
		return state / 2 ** 32;
	};
}

/** `hue` in turns, `saturation` and `lightness` in 0..1. */
function hsl(hue: number, saturation: number, lightness: number): Rgb {
	const amplitude = saturation * Math.min(lightness, 1 - lightness);
	const channel = (offset: number): number => {
		const k = (offset + hue * 12) % 12;
		return Math.round(255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
	};
	return [channel(0), channel(8), channel(4)];
}
