import { FORM } from '../../defaults';
import { shorten } from '../../text';

/** Characters of a text that are read: a workflow may hold anything. */
const MOST_READ = 2 * FORM.name;

/** Characters that do not show: marks of direction, halves of a pair, private ones. */
const UNSEEN = /[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

/** Matches most texts, and quickly. */
const PLAIN = /^[ -~]*$/;

/** A text of a workflow as people may see it: on one line, and nothing in it that does not print. */
export function printable(text: string): string {
	const read = text.slice(0, MOST_READ);
	const line = PLAIN.test(read) ? read : read.replace(/\p{Cc}/gu, ' ').replace(UNSEEN, '');
	const short = shorten(line.replace(/\s+/g, ' ').trim(), FORM.name);
	// The cut may go through a pair.
	return PLAIN.test(read) ? short : short.replace(/\p{Cs}/gu, '');
}

const SPELLED = new Map(
	['CFG', 'VAE', 'LoRA', 'LoRAs', 'UNet', 'FPS', 'CRF', 'ID', 'URL', 'GPU', 'LLM', 'RGB'].map(
		(word) => [word.toLowerCase(), word],
	),
);

/** A name of a program in words: "sampler_name" is "Sampler name", "startStep" is "Start step". */
export function inWords(name: string): string {
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

/** "clip_name1" ends with "name 1", but "t5xxl" and "mp4" are words. */
function spell(word: string): string {
	const [, letters = word, digits] = /^(\p{L}{3,})(\d+)$/u.exec(word) ?? [];
	const spelled = SPELLED.get(letters.toLowerCase()) ?? letters;
	return digits === undefined ? spelled : `${spelled} ${digits}`;
}

/** Whether both are the same but for case, spaces and signs. */
export function readAlike(one: string, other: string): boolean {
	return lettersOf(one) === lettersOf(other);
}

function lettersOf(text: string): string {
	return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}
