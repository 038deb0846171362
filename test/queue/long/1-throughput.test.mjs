import { describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertAllOut } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { throughputText } from '../lib/words.mjs';
import { throughput } from '../scenes/throughput.mjs';

for (const waitMode of waitModes({ long: true })) {
	void describe(`throughput, ${waitMode}`, () => {
		it('more executions than slots', () =>
			inWorld({ mode: 'queue', waitMode }, async (world) => {
				for (const { count, runMs } of [
					{ count: 12, runMs: 20_000 },
					{ count: 30, runMs: 60_000 },
				]) {
					const outcome = await throughput(world, { count, runMs });
					const row = `${count} × ${runMs / 1000} s on 4 slots`;
					record(row, waitMode, throughputText(outcome));
					assertAllOut(outcome);
				}
			}));
	});
}
