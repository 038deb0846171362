// What the README promises about polling is what the benchmark gives today: both are on a virtual clock.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { knownRun } from '../../bench/polling.mjs';
import { loadCore } from '../../scripts/dist.mjs';
import { root } from '../../scripts/root.mjs';

it('runs of a known length are noticed as late, and cost as many calls, as the README says', async () => {
	const { lag, calls } = await knownRun(loadCore(), 300, 0.2);
	const line = `a five-minute run is noticed about ${Math.round(lag)} seconds after it ends, for about ${Math.round(calls)} calls to RunComfy.`;
	expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(line);
});
