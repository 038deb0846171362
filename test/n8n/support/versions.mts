import { createRequire } from 'node:module';
import { it } from '@jest/globals';
import semver from 'semver';

const require = createRequire(import.meta.url);
const { version } = createRequire(require.resolve('n8n-core'))('../package.json') as {
	version: string;
};

/** `it` from that version of n8n-core on. `why` says what an older n8n does otherwise; a skipped test prints it. */
export function itSince(since: string, why: string): typeof it | typeof it.skip {
	if (semver.gte(version, since)) return it;
	process.stdout.write(`n8n-core ${version}, skipped: ${why}\n`);
	return it.skip;
}
