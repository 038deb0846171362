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

/** Paints a picture: colours and an emblem derived from the prompt and the seed, and both as text below. */
export function paint(scene: Scene): Canvas {
	const { width, height } = scene;
	const canvas = createCanvas(width, height, paletteOf(scene));
	for (let band = 0; band < BANDS; band += 1) {
		fillRect(canvas, 0, (band * height) / BANDS, width, height / BANDS + 1, band);
	}
	const panelHeight = drawCaption(canvas, scene);
	drawEmblem(canvas, scene, height - panelHeight);
	return canvas;
}

function paletteOf({ prompt, seed }: Scene): Rgb[] {
	const next = numbersFrom(`${prompt}|${seed}|colours`);
	const hue = next();
	const turn = 0.12 + next() * 0.3;
	const tint = next() * 0.15;
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

/** Draws the caption. Returns its height at the bottom of the picture. */
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

function drawEmblem(canvas: Canvas, { width, prompt, seed }: Scene, height: number): void {
	const next = numbersFrom(`${prompt}|${seed}|emblem`);
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
function numbersFrom(text: string): () => number {
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

/** A colour as red, green and blue, 0..255. */
type Rgb = [number, number, number];

/** A picture of palette indices, row by row from the top. */
export interface Canvas {
	width: number;
	height: number;
	pixels: Uint8Array;
	palette: Rgb[];
}

const createCanvas = (width: number, height: number, palette: Rgb[]): Canvas => ({
	width,
	height,
	pixels: new Uint8Array(width * height),
	palette,
});

/** Clips the rectangle to the canvas. */
function fillRect(
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

/** Draws one line of text; `scale` is the size of a font pixel. */
function drawText(
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

const lineHeight = (scale: number): number => (GLYPH_HEIGHT + 2) * scale;
const columnsIn = (width: number, scale: number): number =>
	Math.max(1, Math.floor(width / ((GLYPH_WIDTH + 1) * scale)));

// Glyphs of ASCII 32..126, eight per line. A glyph has seven rows, each a base-32 digit of five pixels.
const GLYPHS = [
	'0000000 4444404 aa00000 aavavaa 4fke5u4 pq248mj cik8lid 4400000',
	'2488842 8422248 04lel40 044v440 0000648 000u000 00000cc 01248g0',
	'ehjlphe 4c4444e eh168gv v2421he 26aiv22 vgu11he 68guhhe v122444',
	'ehhehhe ehhf12c 0cc0cc0 0cc0c48 248g842 00u0u00 8421248 eh24404',
	'ehnlnge ehhvhhh uhhuhhu ehggghe sihhhis vgguggv vgguggg ehgnhhf',
	'hhhvhhh e44444e 72222ic hikokih ggggggv hrllhhh hplljhh ehhhhhe',
	'uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllrh',
	'hha4ahh hha4444 v1248gv e88888e 0g84210 e22222e 4ah0000 000000v',
	'8400000 00e1fhf gguhhhu 00egghe 11fhhhf 00ehvge 68u8888 0fhhf1e',
	'gguhhhh 40c444e 20622ic ggikoki c44444e 00qllll 00uhhhh 00ehhhe',
	'00uhugg 00fhf11 00mpggg 00fge1u 88u8896 00hhhhf 00hhha4 00hllla',
	'00ha4ah 00hhf1e 00v248v 2448442 4444444 8442448 008l200',
]
	.join(' ')
	.split(' ')
	.map((glyph) => Array.from(glyph, (digit) => parseInt(digit, 32)));

const BOX = [31, 17, 17, 17, 17, 17, 31];

const GLYPH_WIDTH = 5;
const GLYPH_HEIGHT = 7;

/** Rows of a character, top first; bit 4 is the leftmost pixel. Characters beyond ASCII become a box. */
function glyphRows(character: string): readonly number[] {
	return GLYPHS[character.charCodeAt(0) - 32] ?? BOX;
}

/** Drops accents, so that more text is legible with ASCII glyphs. */
const drawable = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '');

/** Wraps text to lines of at most `columns` characters, between words where possible. */
function wrap(text: string, columns: number, maxLines: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of drawable(text).split(/\s+/).filter(Boolean)) {
		for (const piece of chunks(word, columns)) {
			const joined = line === '' ? piece : `${line} ${piece}`;
			if (joined.length <= columns) {
				line = joined;
				continue;
			}
			lines.push(line);
			line = piece;
		}
	}
	if (line !== '') lines.push(line);
	if (lines.length <= maxLines) return lines;
	const last = lines[maxLines - 1] ?? '';
	return [...lines.slice(0, maxLines - 1), `${last.slice(0, Math.max(0, columns - 3))}...`];
}

function chunks(word: string, size: number): string[] {
	const characters = Array.from(word);
	const count = Math.ceil(characters.length / size);
	return Array.from({ length: count }, (_, i) =>
		characters.slice(i * size, (i + 1) * size).join(''),
	);
}
