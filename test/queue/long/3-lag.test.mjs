import { describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { lagText } from '../lib/words.mjs';
import { lagByLength } from '../scenes/lag.mjs';

const LENGTHS_MS = [5_000, 20_000, 60_000, 300_000];

for (const waitMode of waitModes({ long: true, chosen: true })) {
	for (const mode of /** @type {const} */ (['regular', 'queue'])) {
		void describe(`lag and calls, ${mode}, ${waitMode}`, () => {
			// More slots than runs: nothing waits for one.
			const instance = { concurrency: 20 };
			it('by the length of the run', () =>
				inWorld({ mode, waitMode, instance }, async (world) => {
					const rows = await lagByLength(world, { lengthsMs: LENGTHS_MS, known: 4 });
					for (const { runS, first, known } of rows) {
						const row = `lag and calls per run (${mode}), ${runS} s`;
						record(`${row}, first run`, waitMode, lagText(first));
						record(`${row}, known`, waitMode, lagText(known));
					}
				}));
		});
	}
}
