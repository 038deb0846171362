// RunComfy's callbacks reach n8n's trigger all at once, or while n8n's database is locked.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { burst, hangUpDuringLock } from '../scenes/callbacks.mjs';

const REGULAR = /** @type {const} */ ({ mode: 'regular', waitMode: 'poll' });

void describe('callbacks, regular mode', () => {
	for (const count of [60, 100]) {
		it(`${count} at once are answered within twice the time of n8n's own Webhook`, async () => {
			const { plain, trigger } = await inWorld(REGULAR, (world) => burst(world, count));
			const text = `Webhook ${plain.slowestMs} ms, trigger ${trigger.slowestMs} ms (${trigger.taken} taken)`;
			record(`${count} callbacks at once, the slowest answer`, 'poll', text);
			assert.deepEqual(trigger.statuses, [200]);
			assert.ok(trigger.slowestMs < 2 * plain.slowestMs, text);
		});
	}

	it('one whose caller hangs up while the database is locked comes again', async () => {
		const outcome = await inWorld(REGULAR, (world) =>
			hangUpDuringLock(world, { hangUpMs: 600, lockMs: 8_000, withinMs: 300_000 }),
		);
		record('Hung up while the database was locked', 'poll', JSON.stringify(outcome));
		assert.equal(outcome.answers.at(-1), 200);
		assert.equal(outcome.executions, 1);
	});
});
