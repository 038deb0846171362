/** Strings that must never be shown: an account's token and other keys. */
export type Secrets = string | readonly (string | undefined)[] | undefined;

/**
 * Redacts a text: bearer tokens, any value after a name such as "token" or "access_token" that looks like a token
 * (16 characters or more, with a digit), and all `secrets`.
 */
export function redact(text: string, secrets?: Secrets): string;
/** Redacts every string in plain data, including property names. Drops undefined fields. */
export function redact(data: unknown, secrets?: Secrets): unknown;
export function redact(value: unknown, secrets?: Secrets): unknown {
	if (typeof value === 'string') {
		return withoutNamed(withoutSecret(value, secrets).replace(BEARER, '$1[token]'));
	}
	if (Array.isArray(value)) return value.map((entry: unknown) => redact(entry, secrets));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, entry]) => entry !== undefined)
			.map(([name, entry]: [string, unknown]) => [redact(name, secrets), redact(entry, secrets)]),
	);
}

/** Replaces only `secrets` in a text. Ignores secrets of fewer than 4 characters. */
export function withoutSecret(text: string, secrets: Secrets): string {
	if (secrets === undefined || typeof secrets === 'string') return withoutOne(text, secrets);
	return secrets.reduce<string>(withoutOne, text);
}

function withoutOne(text: string, secret: string | undefined): string {
	if (secret === undefined || secret.length < 4 || text.length < secret.length) return text;
	return text.replaceAll(secret, '[token]');
}

// Bounded, because V8 without its optimizing compiler runs out of stack when a loop matches millions of
// characters.
const BEARER = /\b(Bearer\s{1,64})[^\s"',;<>]{1,65536}/gi;
const NAME =
	/(?:token|api[ _-]?key|authorization|secret)(?:_\w{0,64})?(?=[\s"':=])["']?\s{0,64}(?:[:=]\s{0,64})?["']?/gi;
const SHORTEST_TOKEN = 16;

/**
 * Replaces the value after a word such as "token". Does not use one regular expression: with many such words in one
 * long stretch of characters, it would read the rest of it again after each word.
 */
function withoutNamed(text: string): string {
	const wordAt = stretchesIn(text, /[\s"']/g);
	const tokenAt = stretchesIn(text, /[^\w.~+/-]/g);
	const paddingAt = stretchesIn(text, /[^=]/g);
	const parts: string[] = [];
	let done = 0;
	for (const name of text.matchAll(NAME)) {
		const start = name.index + name[0].length;
		if (name.index < done) continue;
		const { stop } = tokenAt(start);
		if (stop - start < SHORTEST_TOKEN || wordAt(start).lastDigit < start) continue;
		parts.push(text.slice(done, start), '[token]');
		done = paddingAt(stop).stop;
	}
	return parts.join('') + text.slice(done);
}

interface Stretch {
	stop: number;
	/** Index of the last digit, or a smaller index than the start if there is no digit. */
	lastDigit: number;
}

/**
 * Returns a function that finds the stretch of characters at a position, up to a character that `outside` matches.
 * Reads each stretch only once.
 */
function stretchesIn(text: string, outside: RegExp): (start: number) => Stretch {
	let stretch: Stretch = { stop: 0, lastDigit: -1 };
	return (start) => {
		if (start < stretch.stop) return stretch;
		outside.lastIndex = start;
		const found = text.slice(start, outside.exec(text)?.index);
		let digit = found.length - 1;
		while (digit >= 0 && !/\d/.test(found.charAt(digit))) digit -= 1;
		stretch = { stop: start + found.length, lastDigit: start + digit };
		return stretch;
	};
}
