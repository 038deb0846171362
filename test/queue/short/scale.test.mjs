// Many items in one execution: the next one is submitted as soon as there is room, and n8n continues to answer
// others.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { batchText } from '../lib/words.mjs';
import { batch, runTimesMs } from '../scenes/scale.mjs';

void describe('many items in one execution', () => {
	it('24 on six places', () =>
		inWorld(
			{ mode: 'regular', waitMode: 'auto', instance: { env: { N8N_LOG_FORMAT: 'json' } } },
			async (world) => {
				const runsMs = runTimesMs(24, [2_000, 10_000]);
				const before = errorLines(world).length;
				const outcome = await batch(world, { runsMs, options: { concurrency: 6 } });
				record('24 items of 2 to 10 s, Concurrency 6', 'auto', batchText(outcome));
				assert.deepEqual([outcome.out, outcome.paid, outcome.status], [24, 24, 'succeeded']);
				assert.equal(outcome.page.refused, 0);
				// In waves that each take as long as their longest run, it would take longer.
				assert.ok(outcome.wallS < inWaves(runsMs, 6) / 1_000, batchText(outcome));
				assert.deepEqual(errorLines(world).slice(before), []);
			},
		));
});

/** What n8n logs as errors, except for the test's own question whether a webhook exists. */
function errorLines({ instance }) {
	const lines = instance.lines().filter((line) => line.includes('"level":"error"'));
	return lines.filter((line) => !/unknown webhook|is not registered/.test(line));
}

function inWaves(runsMs, slots) {
	let sum = 0;
	for (let at = 0; at < runsMs.length; at += slots)
		sum += Math.max(...runsMs.slice(at, at + slots));
	return sum;
}
