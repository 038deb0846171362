import { FORM } from '../defaults';
import { shorten } from '../text';
import { isOfRow, lastPart } from './texts';

/** Only this many characters of a text are read, since a workflow may hold texts of any length. */
const MOST_READ = 2 * FORM.name;

/** Invisible characters: direction marks, lone surrogates, private-use and unassigned characters. */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** Printable ASCII: a quick test that most texts pass. */
const PLAIN = /^[ -~]*$/;

/** Makes a text from a workflow safe to show: on one line, shortened, without control or invisible characters. */
export function printable(text: string): string {
	const read = text.slice(0, MOST_READ);
	const line = PLAIN.test(read) ? read : read.replace(/\p{Cc}/gu, ' ').replace(UNSEEN, '');
	const short = shorten(line.replace(/\s+/g, ' ').trim(), FORM.name);
	// Shortening may split a surrogate pair.
	return PLAIN.test(read) ? short : short.replace(/\p{Cs}/gu, '');
}

/** The name of an input in words: only the last part of `model.width`, but all parts of `captions.0.start`. */
export function nameInWords(input: string, displayName = ''): string {
	const own = isOfRow(input) ? input.replaceAll('.', ' ') : lastPart(input);
	return inWords(displayName) || inWords(own) || printable(input) || 'Input';
}

const SPELLED = new Map(
	['CFG', 'VAE', 'LoRA', 'LoRAs', 'UNet', 'FPS', 'CRF', 'ID', 'URL', 'GPU', 'LLM', 'RGB'].map(
		(word) => [word.toLowerCase(), word],
	),
);

/** An identifier in words: "sampler_name" becomes "Sampler name", "startStep" becomes "Start step". */
function inWords(name: string): string {
	const own = printable(name);
	const one = /[\s_]/.test(own) ? own : splitHumps(own);
	const words = one
		.split(/[\s_]+/)
		.filter(Boolean)
		.map(spell)
		.join(' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
}

function splitHumps(name: string): string {
	return name.replace(
		/(\p{Ll})(\p{Lu})(?=\p{Ll})/gu,
		(_all, before: string, hump: string) => `${before} ${hump.toLowerCase()}`,
	);
}

/**
 * Fixes the case of abbreviations and separates a trailing number: "name1" becomes "name 1", but "t5xxl" and "mp4"
 * stay unchanged.
 */
function spell(word: string): string {
	const [, letters = word, digits] = /^(\p{L}{3,})(\d+)$/u.exec(word) ?? [];
	const spelled = SPELLED.get(letters.toLowerCase()) ?? letters;
	return digits === undefined ? spelled : `${spelled} ${digits}`;
}

/** Whether two texts are the same apart from case, spaces and punctuation. */
export function readAlike(one: string, other: string): boolean {
	return lettersOf(one) === lettersOf(other);
}

/** The letters and digits of a text, in lower case. */
export function lettersOf(text: string): string {
	return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}
