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

export const GLYPH_WIDTH = 5;
export const GLYPH_HEIGHT = 7;

/** Rows of a character, top first; bit 4 is the leftmost pixel. Characters beyond ASCII give a box. */
export function glyphRows(character: string): readonly number[] {
	return GLYPHS[character.charCodeAt(0) - 32] ?? BOX;
}

/** Drops accents, so that more text is legible with ASCII glyphs. */
const drawable = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '');

/** Breaks text into lines of at most `columns` characters, between words where it can. */
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
