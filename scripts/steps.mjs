// The steps of `npm test`, `npm run check` and `npm run lint`: a line for each as it ends.

/** @type {string[]} */
const failed = [];

/**
 * Does a step. One that fails prints why, and the others go on.
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function step(name, work) {
	const began = Date.now();
	const line = () =>
		`${name.padEnd(28)} ${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s`;
	try {
		const result = await work();
		console.log(`✓ ${line()}`);
		return result;
	} catch (error) {
		failed.push(name);
		console.log(`✗ ${line()}\n${/** @type {Error} */ (error).message}`);
		return undefined;
	}
}

/** How many have failed. */
export const failures = () => failed.length;

/** Says what has failed, and has this process end with 1 then. */
export function finish() {
	if (failed.length === 0) return;
	console.log(`\nFailed: ${failed.join(', ')}`);
	process.exitCode = 1;
}
