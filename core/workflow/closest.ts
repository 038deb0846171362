/** The name that was probably meant: the nearest one, if it is near at all. */
export function closest(name: string, known: readonly string[]): string | undefined {
	const wanted = name.toLowerCase();
	let best: { name: string; distance: number } | undefined;
	for (const candidate of known) {
		if (Math.abs(candidate.length - name.length) > toleranceOf(name, candidate)) continue;
		const distance = editDistance(wanted, candidate.toLowerCase());
		if (!best || distance < best.distance) best = { name: candidate, distance };
	}
	if (best && best.distance <= toleranceOf(name, best.name)) return best.name;
	return known.find((candidate) => {
		const lower = candidate.toLowerCase();
		if (Math.min(wanted.length, lower.length) < 3) return false;
		return lower.includes(wanted) || wanted.includes(lower);
	});
}

function toleranceOf(name: string, other: string): number {
	return Math.max(1, Math.floor(Math.max(name.length, other.length) / 3));
}

/** Insertions, deletions, replacements and swapped neighbours. */
function editDistance(a: string, b: string): number {
	// Long values (prompts, base64) are never a misspelt name, and would cost their square.
	if (a.length > 200 || b.length > 200) return a === b ? 0 : Math.max(a.length, b.length);
	let before: number[] = [];
	let above = Array.from({ length: b.length + 1 }, (_, column) => column);
	for (let row = 1; row <= a.length; row += 1) {
		const current = [row];
		for (let column = 1; column <= b.length; column += 1) {
			const same = a[row - 1] === b[column - 1];
			const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
			current[column] = Math.min(
				at(above, column) + 1,
				at(current, column - 1) + 1,
				at(above, column - 1) + (same ? 0 : 1),
				swapped ? at(before, column - 2) + 1 : Infinity,
			);
		}
		before = above;
		above = current;
	}
	return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
	return row[column] ?? Infinity;
}
