import { tableOf } from '../docs/markdown.mjs';

/**
 * The lines of the table.
 * @param {import('./read.mjs').Corpus} corpus
 * @param {import('./measure.mjs').Measured} measured
 * @param {{names?: boolean}} [options] `names`: every workflow that is not right, by its name
 */
export function report({ workflows, infos, skipped }, measured, { names = false } = {}) {
	const { crashes, times, known, guessed, findings } = measured;
	const classes = new Set(infos.flatMap((info) => Object.keys(info))).size;
	const total = times.reduce((sum, time) => sum + time, 0);
	const rows = [
		['prompt is the first field', ...both(({ prompt }) => share(prompt))],
		['a seed is shown', ...both(({ seed }) => share(seed))],
		['editor leftovers as fields', ...both(({ leftovers }) => String(leftovers.length))],
		['fields of a wrong kind', ...both(({ kinds }) => String(kinds.length))],
	];
	return [
		`${workflows.length} workflows, ${infos.length} object_info with ${classes} classes; ${skipped.length} other files`,
		`crashes: ${crashes.length}`,
		`time of form and check: ${(total / Math.max(1, times.length)).toFixed(2)} ms on average, ${Math.max(0, ...times).toFixed(1)} ms at most`,
		'',
		tableOf(['', 'with object_info', 'without'], rows),
		'',
		`findings of the check in what the workflows hold: ${[...findings.values()].flat().length}`,
		...[...findings].sort().map(([of, where]) => `  ${where.length} × ${of}`),
		...counted('leftovers', [...known.leftovers, ...guessed.leftovers]),
		...counted('wrong kinds', [...known.kinds, ...guessed.kinds]),
		...crashes.map((crash) => `  crash: ${crash}`),
		...(names ? named(measured) : []),
	];

	/** @param {(forms: import('./measure.mjs').Forms) => string} tell */
	function both(tell) {
		return [tell(known), tell(guessed)];
	}
}

/** @param {import('./measure.mjs').Share} share */
function share({ of, right }) {
	return `${right.length} of ${of}`;
}

/** @param {string} what @param {string[]} list */
function counted(what, list) {
	/** @type {Map<string, number>} */
	const counts = new Map();
	for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
	if (counts.size === 0) return [];
	return ['', `${what}:`, ...[...counts].sort().map(([one, count]) => `  ${count} × ${one}`)];
}

/** @param {import('./measure.mjs').Measured} measured */
function named({ known, guessed }) {
	/** @type {Array<[string, string[]]>} */
	const list = [
		['prompt not first', known.prompt.wrong],
		['prompt not first without object_info', guessed.prompt.wrong],
		['no seed shown', known.seed.wrong],
		['no seed shown without object_info', guessed.seed.wrong],
	];
	return list.flatMap(([what, wrong]) => wrong.map((name) => `${what}: ${name}`));
}
