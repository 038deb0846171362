import { endOfString } from './bigIntegers';

/** JSON as Python writes it, with `null` for what JSON does not have: `NaN` and the infinities. */
export function withoutNonFinite(text: string): string {
	const parts: string[] = [];
	let copied = 0;
	let at = 0;
	while (at < text.length) {
		const char = text[at] as string;
		if (char === '"') {
			at = endOfString(text, at);
			continue;
		}
		const literal = 'NI-'.includes(char)
			? LITERALS.find((one) => text.startsWith(one, at))
			: undefined;
		if (literal !== undefined) {
			parts.push(text.slice(copied, at), 'null');
			copied = at + literal.length;
		}
		at += literal?.length ?? 1;
	}
	return parts.join('') + text.slice(copied);
}

const LITERALS = ['NaN', 'Infinity', '-Infinity'];
