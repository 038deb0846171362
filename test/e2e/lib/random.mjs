// Random choices that can be repeated: the same seed gives the same choices.

/** The seed from RUNCOMFY_E2E_SEED, or a new one. It is printed either way, so that a failure can be repeated. */
export function chooseSeed(log = console.log) {
	const seed = Number(process.env.RUNCOMFY_E2E_SEED ?? Math.floor(Math.random() * 2 ** 31));
	log(`seed ${seed} (RUNCOMFY_E2E_SEED=${seed} chooses the same again)`);
	return seed;
}

/** @param {number} seed an integer */
export function createRandom(seed) {
	let state = seed >>> 0;
	/** A number from 0 up to, but not including, 1. */
	const next = () => {
		state = (state + 0x9e3779b9) >>> 0;
		let mixed = state;
		mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
		mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
		return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
	};
	const below = (limit) => Math.floor(next() * limit);
	return {
		below,
		between: (low, high) => low + below(high - low + 1),
		pick: (values) => values[below(values.length)],
		chance: (share) => next() < share,
	};
}
