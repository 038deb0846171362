// Settings of a workflow, and what users do, while an execution is parked in one process with SQLite.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { parks } from '../lib/promises.mjs';
import { createWorld } from '../lib/world.mjs';
import {
	changeToken,
	fail,
	failAgain,
	refuseBesidePaid,
	stopAndRetry,
	succeed,
	tellErrors,
} from '../scenes/parked.mjs';

for (const waitMode of waitModes({ long: false }).filter(parks)) {
	void describe(`while an execution is parked, ${waitMode}`, () => {
		/** @type {import('../lib/world.mjs').World} */
		let world;

		before(async () => {
			world = await createWorld({ mode: 'regular', waitMode, settings: tellErrors });
		});
		after(() => world?.close());

		it('no timeout of the workflow ends it, and one that is not saved comes out and goes', async () => {
			assert.deepEqual(await succeed(world), { delivered: true, left: undefined });
		});

		it('the error workflow is told of a run that fails, with its request id', async () => {
			const { told, requestId, status } = await fail(world);
			assert.equal(status, 'error');
			assert.ok(told.includes(requestId), told);
		});

		it('it goes on waiting with a wrong credential, and comes out with the right one', async () => {
			assert.deepEqual(await changeToken(world), { meanwhile: 'waiting', delivered: true });
		});

		it('a stopped one is retried with the original workflow only, and then submits again', async () => {
			const { refusal, delivered, states } = await stopAndRetry(world);
			assert.match(refusal, /can only be retried with the original workflow/);
			assert.equal(delivered, true);
			assert.deepEqual(states, ['canceled', 'succeeded']);
		});

		it('Retry Failed Runs pays for three runs with Max Tries 3, and a retry for three more', async () => {
			assert.deepEqual(await failAgain(world), { status: 'error', submits: 3, withRetry: 6 });
		});

		it('an item that is refused cancels nothing that is paid for, and a retry picks that up', async () => {
			assert.deepEqual(await refuseBesidePaid(world), {
				status: 'error',
				states: ['succeeded'],
				retried: 'success',
				withRetry: 2,
			});
		});
	});
}
