import { it } from '@jest/globals';

/** `it` if `holds` is true. `why` says what is missing otherwise, and is printed when the test is skipped. */
export function itWhere(holds: boolean, why: string): typeof it | typeof it.skip {
	if (holds) return it;
	process.stdout.write(`Skipped: ${why}\n`);
	return it.skip;
}
