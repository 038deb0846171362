import { describe, it } from 'node:test';
import { isTable, waitModes } from '../lib/modes.mjs';
import { assertAllOut } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { throughputText } from '../lib/words.mjs';
import { throughput } from '../scenes/throughput.mjs';

const LONGER = { count: 30, runMs: 60_000, deployment: 'imageEdit' };

for (const waitMode of waitModes({ long: true })) {
	void describe(`throughput, ${waitMode}`, () => {
		it('more executions than slots', () =>
			inWorld({ mode: 'queue', waitMode }, async (world) => {
				for (const { count, runMs, deployment, what = '' } of [
					{ count: 12, runMs: 20_000 },
					...(isTable ? [] : [{ count: 12, runMs: 20_000, what: ', again' }]),
					// Uses another deployment, so that its runs do not count as short. In n8n's memory this takes 8 minutes.
					...(isTable && waitMode === 'poll' ? [] : [LONGER]),
				]) {
					const outcome = await throughput(world, { count, runMs, deployment });
					const row = `${count} × ${runMs / 1000} s on 4 slots${what}`;
					record(row, waitMode, throughputText(outcome));
					assertAllOut(outcome);
				}
			}));
	});
}
