// One process with SQLite, killed while runs are in progress.
import { after, before, describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertKept } from '../lib/promises.mjs';
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
			const options = { end: 'SIGKILL (regular)', count: 4, runMs: 12_000, afterMs: 3_000 };
			const outcome = await endDuringRuns(world, options);
			record('SIGKILL (regular), 4 × 12 s', waitMode, endText(outcome));
			assertKept(waitMode, outcome);
		});
	});
}
