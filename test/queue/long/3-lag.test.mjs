import { describe, it } from 'node:test';
import { isTable, waitModes } from '../lib/modes.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { lagText } from '../lib/words.mjs';
import { lagByLength } from '../scenes/lag.mjs';

const LENGTHS_MS = [5_000, 20_000, 60_000, 300_000];

/** What people had before, beside what the node chooses now. */
const MODES = isTable ? ['poll', 'auto'] : waitModes({ long: true, chosen: true });

void describe('lag and calls', { concurrency: isTable ? 2 : 1 }, () => {
	for (const waitMode of MODES) {
		for (const mode of /** @type {const} */ (['regular', 'queue'])) {
			// More slots than runs: nothing waits for one.
			const instance = { concurrency: 20 };
			it(`by the length of the run, ${mode}, ${waitMode}`, () =>
				inWorld({ mode, waitMode, instance }, async (world) => {
					const rows = await lagByLength(world, { lengthsMs: LENGTHS_MS, known: 4 });
					for (const { runS, first, known } of rows) {
						const row = `lag and calls per run (${mode}), ${runS} s`;
						record(`${row}, first run`, waitMode, lagText(first));
						record(`${row}, known`, waitMode, lagText(known));
					}
				}));
		}
	}
});
