// One process with SQLite, killed while runs are in progress.
import { after, before, describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertKept, parks } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { endText } from '../lib/words.mjs';
import { createWorld } from '../lib/world.mjs';
import { endDuringRuns } from '../scenes/ends.mjs';

for (const waitMode of waitModes({ long: false })) {
	void describe(`regular mode, ${waitMode}`, () => {
		/** @type {import('../lib/world.mjs').World} */
		let world;

		before(async () => {
			world = await createWorld({ mode: 'regular', waitMode });
		});
		after(() => world?.close());

		it('SIGKILL', async () => {
			const outcome = await endDuringRuns(world, {
				end: 'SIGKILL (regular)',
				count: 4,
				runMs: 12_000,
				afterMs: 3_000,
				untilParked: parks(waitMode),
			});
			record('SIGKILL (regular), 4 × 12 s', waitMode, endText(outcome));
			assertKept(waitMode, outcome);
		});
	});
}
