import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { stopText } from '../lib/words.mjs';
import { stopDuringRun } from '../scenes/stop.mjs';

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
		});
	}
}
