import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertAllOut, parks } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { endText, stopText } from '../lib/words.mjs';
import { stopAndRetryAtOnce, stopDuringRun, stopInMemoryAndRetry } from '../scenes/stop.mjs';

for (const waitMode of waitModes({ long: true })) {
	for (const mode of /** @type {const} */ (['queue', 'regular'])) {
		void describe(`Stop, ${mode}, ${waitMode}`, () => {
			it('while RunComfy answers, and while it refuses', () =>
				inWorld({ mode, waitMode }, async (world) => {
					const answered = await stopDuringRun(world, { refused: false });
					record(`Stop (${mode})`, waitMode, stopText(answered));
					const refused = await stopDuringRun(world, { refused: true });
					record(`Stop, cancel refused (${mode})`, waitMode, stopText(refused));
					assert.equal(answered.state, 'canceled');
					assert.ok(refused.logged, 'the id is not in the log');
				}));

			// With workers, two processes store a stopped execution, and whichever writes last decides what a retry has.
			if (!parks(waitMode) && mode === 'regular') {
				it('and a retry, although RunComfy refuses the cancel', () =>
					inWorld({ mode, waitMode }, async (world) => {
						assert.deepEqual(await stopInMemoryAndRetry(world), { delivered: true, paid: 1 });
					}));
			}
			if (!parks(waitMode)) return;
			it('and a retry at once, which keeps the requests from being canceled', () =>
				inWorld({ mode, waitMode }, async (world) => {
					const outcome = await stopAndRetryAtOnce(world, { count: 6, runMs: 40_000 });
					record(`Stop and Retry at once (${mode})`, waitMode, endText(outcome));
					assertAllOut(outcome);
				}));
		});
	}
}
