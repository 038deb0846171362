/** Red, green and blue, 0..255. */
export type Rgb = [number, number, number];

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

// Glyphs of ASCII 32..126, eight a line: seven rows each, a row one base-32 digit of five pixels.
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

/** Rows of a character, top first; bit 4 is the leftmost pixel. Characters beyond ASCII give a box. */
function glyphRows(character: string): readonly number[] {
	return GLYPHS[character.charCodeAt(0) - 32] ?? BOX;
}

/** Drops accents, so that more text is legible with ASCII glyphs. */
const drawable = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '');

/** Breaks text into lines of at most `columns` characters, between words if it can. */
export function wrap(text: string, columns: number, maxLines: number): string[] {
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
