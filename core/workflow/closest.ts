/** The name that was probably meant: the nearest one, if it is near at all. */
export function closest(name: string, known: readonly string[]): string | undefined {
	if (name.length > LONGEST) return undefined;
	const wanted = name.toLowerCase();
	return nearest(wanted, known) ?? containing(wanted, known);
}

/** Long values (prompts, base64) are never a misspelt name, and would cost their square. */
const LONGEST = 200;

/** The end of a message about an unknown name: the one that was probably meant, or else `otherwise`. */
export function meant(
	name: string,
	known: readonly string[],
	otherwise: string,
): { ending: string; suggestion?: string } {
	const suggestion = closest(name, known);
	if (suggestion === undefined) return { ending: otherwise };
	return { ending: ` (did you mean "${suggestion}"?)`, suggestion };
}

function nearest(wanted: string, known: readonly string[]): string | undefined {
	let best: { name: string; distance: number } | undefined;
	for (const name of known) {
		const tolerance = toleranceOf(wanted, name);
		if (Math.abs(name.length - wanted.length) > tolerance) continue;
		const distance = editDistance(wanted, name.toLowerCase());
		if (distance <= tolerance && (!best || distance < best.distance)) best = { name, distance };
	}
	return best?.name;
}

function containing(wanted: string, known: readonly string[]): string | undefined {
	return known.find((candidate) => {
		const lower = candidate.toLowerCase();
		if (Math.min(wanted.length, lower.length) < 3) return false;
		return lower.includes(wanted) || wanted.includes(lower);
	});
}

/** Less than the whole: 1 is not a misspelt 3. */
function toleranceOf(name: string, other: string): number {
	const longest = Math.max(name.length, other.length);
	return Math.min(longest - 1, Math.max(1, Math.floor(longest / 3)));
}

/** Insertions, deletions, replacements and swapped neighbours. */
function editDistance(a: string, b: string): number {
	let before = new Int32Array(b.length + 1);
	let above = Int32Array.from({ length: b.length + 1 }, (_, column) => column);
	let current = new Int32Array(b.length + 1);
	for (let row = 1; row <= a.length; row += 1) {
		const letter = a.charCodeAt(row - 1);
		current[0] = row;
		for (let column = 1; column <= b.length; column += 1) {
			const other = b.charCodeAt(column - 1);
			const replaced = above[column - 1]! + (letter === other ? 0 : 1);
			const least = Math.min(above[column]! + 1, current[column - 1]! + 1, replaced);
			const swapped =
				row > 1 &&
				column > 1 &&
				letter === b.charCodeAt(column - 2) &&
				other === a.charCodeAt(row - 2);
			current[column] = swapped ? Math.min(least, before[column - 2]! + 1) : least;
		}
		[before, above, current] = [above, current, before];
	}
	return above[b.length]!;
}
