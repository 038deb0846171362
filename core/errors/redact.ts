/** An account's token and keys, which must never be shown. */
export type Secrets = readonly string[];

/** In characters. A shorter text in the field of a key is a placeholder such as `none`, and may be any word elsewhere. */
const SHORTEST = 16;

/** The text with `[token]` in place of these secrets. */
export function conceal(text: string, secrets: Secrets = []): string {
	return secrets
		.filter(({ length }) => length >= SHORTEST)
		.reduce((left, secret) => left.replaceAll(secret, '[token]'), text);
}

/** Plain data with every string concealed, property names included. */
export function redact<T>(data: T, secrets: Secrets | undefined): T;
export function redact(data: unknown, secrets: Secrets | undefined): unknown {
	if (typeof data === 'string') return conceal(data, secrets);
	if (Array.isArray(data)) return data.map((entry: unknown) => redact(entry, secrets));
	if (typeof data !== 'object' || data === null) return data;
	const entries = Object.entries(data) as Array<[string, unknown]>;
	return Object.fromEntries(
		entries.map(([name, entry]) => [conceal(name, secrets), redact(entry, secrets)]),
	);
}
