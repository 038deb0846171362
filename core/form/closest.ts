/** A longer text, such as a prompt, is no misspelt name. */
const LONGEST = 200;

/** The share of pairs of neighbouring letters that two names have in common if one may be a misspelling of the other. */
const ALIKE = 0.4;

/** The known name that the user probably meant, if one is alike. */
export function closest(name: string, names: readonly string[]): string | undefined {
	if (name.length > LONGEST) return undefined;
	const wanted = framed(name);
	const pairs = new Set(
		Array.from({ length: wanted.length - 1 }, (_, at) => wanted.slice(at, at + 2)),
	);
	let best: { name: string; likeness: number } | undefined;
	for (const one of names) {
		const other = framed(one);
		const shared = [...pairs].filter((pair) => other.includes(pair)).length;
		const likeness = (2 * shared) / (pairs.size + other.length - 1);
		if (likeness >= ALIKE && likeness > (best?.likeness ?? 0)) best = { name: one, likeness };
	}
	return best?.name;
}

/** In lower case, with its ends as letters of their own. */
function framed(name: string): string {
	return `\n${name.slice(0, LONGEST).toLowerCase()}\n`;
}

/** The end of a message about an unknown name: a suggestion, or `otherwise` if no known name is close. */
export function meant(
	name: string,
	names: readonly string[],
	otherwise: string,
): { ending: string; suggestion?: string } {
	const suggestion = closest(name, names);
	if (suggestion === undefined) return { ending: otherwise };
	return { ending: ` (did you mean "${suggestion}"?)`, suggestion };
}
