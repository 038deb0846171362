// The ways of waiting to try: the named ones, or all that the package has.
import { execFileSync } from 'node:child_process';

/** Asks for parking, whatever the node would choose by itself. */
const PARKED = 'suspend';

/** Only the rows that compare the ways of waiting, with three instances at a time. Takes about half an hour. */
export const isTable = process.env.RUNCOMFY_QUEUE_TABLE === '1';

/**
 * @param {{long: boolean, chosen?: boolean}} options `chosen`: also with the node left to choose
 * @returns {string[]}
 */
export function waitModes({ long, chosen = false }) {
	const named = process.env.RUNCOMFY_WAIT_MODES?.split(',');
	if (named) return named;
	if (!knowsParking()) return ['poll'];
	if (!long) return [PARKED];
	return ['poll', PARKED, ...(chosen ? ['auto'] : [])];
}

function knowsParking() {
	const tarball = process.env.RUNCOMFY_E2E_TARBALL;
	const wanted = ['--wildcards', 'package/dist/nodes/*.js'];
	const source = execFileSync('tar', ['-xzOf', tarball, ...wanted], { maxBuffer: 2 ** 28 });
	return source.includes('waitMode');
}
