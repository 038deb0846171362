import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isTable, waitModes } from '../lib/modes.mjs';
import { record } from '../lib/table.mjs';
import { lagText } from '../lib/words.mjs';
import { createWorld } from '../lib/world.mjs';
import { lagByLength } from '../scenes/lag.mjs';

const LENGTHS_MS = [5_000, 20_000, 60_000, 300_000];

/** The ways that existed before, beside the way that the node chooses now. */
const MODES = isTable ? ['poll', 'auto'] : waitModes({ long: true, chosen: true });

// There are more slots than runs, so none waits for a slot.
const TRIALS = MODES.flatMap((waitMode) =>
	['regular', 'queue'].map((mode) => ({ mode, waitMode, instance: { concurrency: 20 } })),
);

void describe('lag and calls', { concurrency: true }, () => {
	/** All are there before the first run, because starting n8n takes whole cores. */
	let worlds = [];
	before(async () => {
		const started = await Promise.allSettled(TRIALS.map(createWorld));
		worlds = started.map(({ value }) => value);
	});
	after(() => Promise.all(worlds.map((world) => world?.close())));

	TRIALS.forEach(({ mode, waitMode }, index) => {
		it(`by the length of the run, ${mode}, ${waitMode}`, async () => {
			assert.ok(worlds[index], 'n8n did not start');
			const rows = await lagByLength(worlds[index], { lengthsMs: LENGTHS_MS, known: 4 });
			for (const { runS, first, known } of rows) {
				const row = `lag and calls per run (${mode}), ${runS} s`;
				record(`${row}, first run`, waitMode, lagText(first));
				record(`${row}, known`, waitMode, lagText(known));
			}
		});
	});
});
