/** The known name that the user probably meant, if one is close enough. */
export function closest(name: string, names: readonly string[]): string | undefined {
	const wanted = name.toLowerCase();
	return nearest(wanted, names) ?? containing(wanted, names);
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

/** Limit on the edit-distance table cells that one search may fill: about 10 ms of work. */
const MOST_CELLS = 400_000;

/**
 * The nearest name by edit distance. The number of letters that two names do not share is a cheap lower bound of
 * their distance, so names are sorted by that bound and only the most promising ones are compared letter by letter.
 */
function nearest(wanted: string, names: readonly string[]): string | undefined {
	const unshared = lettersBeside(wanted);
	const near: Array<{ name: string; place: number; tolerance: number; least: number }> = [];
	// A plain loop, since there may be hundreds of thousands of names.
	for (const [place, name] of names.entries()) {
		const tolerance = toleranceOf(wanted, name);
		if (Math.abs(name.length - wanted.length) > tolerance) continue;
		const least = unshared(name.toLowerCase());
		if (least <= tolerance) near.push({ name, place, tolerance, least });
	}
	near.sort((one, other) => one.least - other.least);
	let best: { name: string; place: number; distance: number } | undefined;
	let cells = 0;
	for (const { name, place, least, tolerance } of near) {
		if ((best && least > best.distance) || cells > MOST_CELLS) break;
		const distance = editDistance(wanted, name.toLowerCase());
		cells += wanted.length * name.length;
		if (distance > tolerance) continue;
		const nearer =
			!best || distance < best.distance || (distance === best.distance && place < best.place);
		if (nearer) best = { name, place, distance };
	}
	return best?.name;
}

/** How many letters one name has that the other lacks: the larger of the two counts. */
function lettersBeside(wanted: string): (other: string) => number {
	// Different letters may share a slot, which only lowers the bound.
	const placeOf = (text: string, at: number) => text.charCodeAt(at) % 128;
	const counts = new Int32Array(128);
	const left = new Int32Array(128);
	for (let at = 0; at < wanted.length; at += 1) counts[placeOf(wanted, at)]! += 1;
	return (other) => {
		if (other.length > LONGEST) return 0;
		left.set(counts);
		let shared = 0;
		for (let at = 0; at < other.length; at += 1) {
			const place = placeOf(other, at);
			if (left[place]! <= 0) continue;
			left[place]! -= 1;
			shared += 1;
		}
		return Math.max(wanted.length, other.length) - shared;
	};
}

function containing(wanted: string, names: readonly string[]): string | undefined {
	return names.find((candidate) => {
		const lower = candidate.toLowerCase();
		if (Math.min(wanted.length, lower.length) < 3) return false;
		return lower.includes(wanted) || wanted.includes(lower);
	});
}

/** The most edits that still count as a misspelling. At least one letter must match: "1" is not a misspelt "3". */
function toleranceOf(name: string, other: string): number {
	const longest = Math.max(name.length, other.length);
	return Math.min(longest - 1, Math.max(1, Math.floor(longest / 3)));
}

/** Longer texts (prompts, base64) are never a misspelt name, and comparing them would take quadratic time. */
const LONGEST = 200;

/** Counts insertions, deletions, replacements and swaps of adjacent letters. */
function editDistance(a: string, b: string): number {
	if (a.length > LONGEST || b.length > LONGEST) return a === b ? 0 : Math.max(a.length, b.length);
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
