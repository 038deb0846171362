import { trimEnd, trimStart } from '../text';

/** Bytes of UTF-8; file systems end at 255, and a number may still be added to the name. */
const MAX_NAME = 200;

// On Windows these are devices, with any extension, and blanks before it do not count.
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])\s*(?:\.|$)/i;

/** The last part of a path as a name that is safe on every file system. */
export function safeFilename(name: string): string {
	const base = name.split(/[/\\]/).at(-1) ?? '';
	// This also removes invisible characters, such as those that change the direction of the text.
	const plain = base.replace(/[<>:"|?*\p{C}\p{Zl}\p{Zp}]/gu, '_');
	const clean = trimEnd(trimStart(plain, /[\s.]/), /[\s.]/);
	const safe = WINDOWS_DEVICE.test(clean) ? `_${clean}` : clean;
	if (safe === '') return 'output';
	const [stem, extension] = splitName(safe);
	return shorten(stem, extension) + extension;
}

/** A name like this one, with a number before the extension if necessary, that is not taken. */
export async function freeFilename(
	name: string,
	isTaken: (name: string) => Promise<boolean>,
): Promise<string> {
	const [stem, extension] = splitName(name);
	const numbered = (number: number) => (number === 1 ? name : `${stem}_${number}${extension}`);
	// Thousands of files may have one name: the number is doubled until it is free, then halved down.
	let [last, free] = [0, 1];
	while (await isTaken(numbered(free))) [last, free] = [free, 2 * free];
	while (free - last > 1) {
		const middle = Math.floor((last + free) / 2);
		if (await isTaken(numbered(middle))) last = middle;
		else free = middle;
	}
	return numbered(free);
}

function splitName(name: string): [stem: string, extension: string] {
	const extension = /(?<=.)\.\w{1,12}$/.exec(name)?.[0] ?? '';
	return [name.slice(0, name.length - extension.length), extension];
}

function shorten(stem: string, extension: string): string {
	const encoder = new TextEncoder();
	let bytes = extension.length;
	let short = '';
	for (const char of stem) {
		bytes += encoder.encode(char).length;
		if (bytes > MAX_NAME) break;
		short += char;
	}
	// What the cut leaves at the end must be as safe as the end of a whole name.
	return short === stem ? stem : trimEnd(short, /[\s.]/);
}
