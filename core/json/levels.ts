/**
 * Levels of lists and objects of an answer that are kept: the hosts, and some code here, go through data
 * by functions that call themselves. What RunComfy sends has about ten.
 */
const MOST_LEVELS = 500;

/**
 * What `JSON.parse` gave for `text`, in which all that is nested deeper is null from now on. Level by
 * level, and not by calling itself, which is what the data is too deep for.
 */
export function cutDeep<T>(value: T, text: string): T {
	// A level takes two characters.
	if (text.length < 2 * MOST_LEVELS) return value;
	let level: object[] = isNested(value) ? [value] : [];
	for (let depth = 1; depth < MOST_LEVELS && level.length > 0; depth += 1) {
		level = level.flatMap((holder) => (Object.values(holder) as unknown[]).filter(isNested));
	}
	for (const holder of level as Array<Record<string, unknown>>) {
		for (const [key, inner] of Object.entries(holder)) if (isNested(inner)) holder[key] = null;
	}
	return value;
}

function isNested(value: unknown): value is object {
	return typeof value === 'object' && value !== null;
}
