// Many items in one execution, and many executions that end together, each beside its yardstick.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { batchText, togetherText } from '../lib/words.mjs';
import { batch, endTogether, runTimesMs, waitTogether } from '../scenes/scale.mjs';

const assertAllOut = ({ items, out, paid, status, page }) => {
	assert.deepEqual([out, paid, status], [items, items, 'succeeded']);
	assert.equal(page.refused, 0, `n8n refused its start page: ${JSON.stringify(page)}`);
};

void describe('many items in one execution', () => {
	const instance = { concurrency: 10 };

	it('50 at once: as fast as in memory', () =>
		inWorld({ mode: 'queue', waitMode: 'auto', instance }, async (world) => {
			const runsMs = runTimesMs(50, [5_000, 9_000]);
			const trial = async (waitMode) => {
				const outcome = await batch(world, { runsMs, options: { concurrency: 50, waitMode } });
				record('50 items at once', waitMode, batchText(outcome));
				assertAllOut(outcome);
				return outcome;
			};
			// For the first one, n8n loads the node and its code.
			await batch(world, { runsMs: [1_000], options: {} });
			const parked = await trial('auto');
			const memory = await trial('poll');
			assert.ok(parked.wallS <= 1.25 * memory.wallS, `${parked.wallS} s, ${memory.wallS} s`);
			assert.ok(parked.grewMb <= 80, `main grew by ${parked.grewMb} MB`);
		}));

	for (const count of [40, 200]) {
		it(`${count} on ten places: as fast as they can be`, () =>
			inWorld({ mode: 'queue', waitMode: 'auto', instance }, async (world) => {
				const runsMs = runTimesMs(count, [3_000, 22_000]);
				const outcome = await batch(world, { runsMs, options: { concurrency: 10 } });
				record(`${count} items of 3 to 22 s, Concurrency 10`, 'auto', batchText(outcome));
				assertAllOut(outcome);
				assert.ok(outcome.wallS <= 1.15 * outcome.idealS, batchText(outcome));
			}));
	}

	it('1,000 in one process, which answers others all the time', () =>
		inWorld({ mode: 'regular', waitMode: 'auto' }, async (world) => {
			const runsMs = runTimesMs(1_000, [3_000, 22_000]);
			const options = { concurrency: 100 };
			const outcome = await batch(world, { runsMs, options, withinMs: 900_000 });
			record('1,000 items of 3 to 22 s, Concurrency 100 (regular)', 'auto', batchText(outcome));
			assertAllOut(outcome);
			assert.ok(outcome.page.p99Ms <= 1_000, batchText(outcome));
		}));
});

void describe('many executions that end together', () => {
	for (const mode of /** @type {const} */ (['regular', 'queue'])) {
		for (const count of [30, 100]) {
			it(`${count}, ${mode}: as fast as n8n’s own Wait nodes`, () =>
				inWorld({ mode, waitMode: 'auto', instance: { concurrency: 10 } }, async (world) => {
					await endTogether(world, { count: 2, runMs: 8_000 });
					const own = await endTogether(world, { count, runMs: 30_000 });
					const waits = await waitTogether(world, { count });
					const row = `${count} executions that end together (${mode})`;
					record(row, 'auto', `${togetherText(own)}; n8n's Wait ${waits.lastS} s`);
					assert.equal(own.out, count);
					assert.equal(own.page.refused, 0);
					assert.ok(own.lastS <= 2 * waits.lastS, `${own.lastS} s, ${waits.lastS} s`);
				}));
		}
	}
});
