/** The known name that is most like this one, undefined where none is much like it. */
export function nearest(name: string, known: readonly string[]): string | undefined {
	let best: { name: string; distance: number } | undefined;
	for (const candidate of known) {
		const distance = distanceOf(plain(name), plain(candidate));
		if (best === undefined || distance < best.distance) best = { name: candidate, distance };
	}
	const limit = Math.max(1, Math.floor(name.length / 3));
	return best !== undefined && best.distance <= limit ? best.name : undefined;
}

/** "Unknown fault "rest". Did you mean "reset"? Known: …" */
export function unknownName(what: string, name: string, known: readonly string[]): string {
	const near = nearest(name, known);
	const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
	const list = known.length === 0 ? 'It has none.' : `Known: ${known.join(', ')}.`;
	return `Unknown ${what} "${name}".${hint} ${list}`;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z\d]/g, '');

/** Levenshtein's: how many letters have to be put in, left out or changed. */
function distanceOf(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 0; i < a.length; i += 1) {
		const next = [i + 1];
		for (let j = 0; j < b.length; j += 1) {
			const changed = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
			next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
		}
		row = next;
	}
	return row[b.length] ?? 0;
}
