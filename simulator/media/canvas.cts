import type { Rgb } from '../hash.cjs';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphRows } from './font.cjs';

/** A picture of palette indices, row by row from the top. */
export interface Canvas {
	width: number;
	height: number;
	pixels: Uint8Array;
	palette: Rgb[];
}

export const createCanvas = (width: number, height: number, palette: Rgb[]): Canvas => ({
	width,
	height,
	pixels: new Uint8Array(width * height),
	palette,
});

/** Clipped to the canvas. */
export function fillRect(
	canvas: Canvas,
	x: number,
	y: number,
	width: number,
	height: number,
	colour: number,
): void {
	const left = Math.max(0, Math.round(x));
	const right = Math.min(canvas.width, Math.round(x + width));
	const bottom = Math.min(canvas.height, Math.round(y + height));
	for (let row = Math.max(0, Math.round(y)); row < bottom; row += 1) {
		if (right > left) {
			canvas.pixels.fill(colour, row * canvas.width + left, row * canvas.width + right);
		}
	}
}

/** One line of text; `scale` is the size of a font pixel. */
export function drawText(
	canvas: Canvas,
	text: string,
	x: number,
	y: number,
	scale: number,
	colour: number,
): void {
	let left = x;
	for (const character of text) {
		glyphRows(character).forEach((row, dy) => {
			for (let dx = 0; dx < GLYPH_WIDTH; dx += 1) {
				if ((row >> (GLYPH_WIDTH - 1 - dx)) & 1) {
					fillRect(canvas, left + dx * scale, y + dy * scale, scale, scale, colour);
				}
			}
		});
		left += (GLYPH_WIDTH + 1) * scale;
	}
}

export const lineHeight = (scale: number): number => (GLYPH_HEIGHT + 2) * scale;
export const columnsIn = (width: number, scale: number): number =>
	Math.max(1, Math.floor(width / ((GLYPH_WIDTH + 1) * scale)));
