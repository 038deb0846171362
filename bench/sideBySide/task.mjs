// What every way of waiting is asked to do: how many runs at once, on which deployment, and their lengths, the same ones
// each time.

export const SLOTS = 10;
export const TOKEN = 'simulator-token';
/** Of the simulator's text-to-image. */
export const DEPLOYMENT_ID = 'de910e00-0000-4000-8000-000000000001';

/** Numbers from 0 to 1. @param {number} [seed] */
export function drawer(seed = 7) {
	let state = seed;
	return () => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return state / 2_147_483_648;
	};
}

/** Milliseconds, so many lengths from 95 to 105 % of `seconds`. */
export function around(seconds, count) {
	return Array.from({ length: count }, (_, at) =>
		Math.round(1_000 * seconds * (0.95 + (0.1 * at) / (count - 1))),
	);
}

/** Milliseconds, spread evenly between seconds. */
export function between(from, to, count, draw = drawer()) {
	return Array.from({ length: count }, () => Math.round(1_000 * (from + (to - from) * draw())));
}

/** Milliseconds that the runs take at least, each begun as soon as a slot is free. */
export function ideal(lengthsMs, slots) {
	const freeAt = new Array(slots).fill(0);
	for (const ms of lengthsMs) {
		const first = freeAt.indexOf(Math.min(...freeAt));
		freeAt[first] += ms;
	}
	return Math.max(...freeAt);
}
