import { it } from '@jest/globals';

/** `it` where `holds`. `why` says what is missing elsewhere, and is printed where the test is skipped. */
export function itWhere(holds: boolean, why: string): typeof it | typeof it.skip {
	if (holds) return it;
	process.stdout.write(`Skipped: ${why}\n`);
	return it.skip;
}
