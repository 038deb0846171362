// Queue mode: main, two workers with two slots each, Redis, PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertAllOut, assertKept, parks } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { endText, stopText, throughputText } from '../lib/words.mjs';
import { createWorld } from '../lib/world.mjs';
import { beginEnd, finishEnd } from '../scenes/ends.mjs';
import { stopDuringRun } from '../scenes/stop.mjs';
import { throughput } from '../scenes/throughput.mjs';

/** A worker is ended in the middle of a run. */
const SHORT_GRACE = { N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5' };

const ENDS = [
	'SIGKILL of one worker',
	'SIGKILL of both workers',
	'SIGKILL of main (queue)',
	'SIGTERM of both workers',
];

// Longer than all ends take together, so that the next end also affects what is still under way.
const RUN_MS = 75_000;

for (const waitMode of waitModes({ long: false })) {
	void describe(`queue mode, ${waitMode}`, () => {
		/** @type {import('../lib/world.mjs').World} */
		let world;

		before(async () => {
			world = await createWorld({ mode: 'queue', waitMode, instance: { env: SHORT_GRACE } });
		});
		after(() => world?.close());

		it('12 executions on 4 slots', async () => {
			// Uses its own deployment, so that the others' runs do not count as short.
			const deployment = 'imageEdit';
			const outcome = await throughput(world, { count: 12, runMs: 5_000, deployment });
			record('12 × 5 s on 4 slots', waitMode, throughputText(outcome));
			assertAllOut(outcome);
		});

		// Starts one after the other without waiting for results, for which n8n may take a minute and a half.
		const begun = new Map();
		for (const end of ENDS) {
			it(`${end}, and a start`, async () => {
				const options = { end, count: 4, runMs: RUN_MS, afterMs: 3_000 };
				const untilParked = parks(waitMode);
				begun.set(end, await beginEnd(world, { ...options, untilParked }));
			});
		}

		it('Stop cancels the request', async () => {
			const stopped = await stopDuringRun(world, { refused: false });
			record('Stop', waitMode, stopText(stopped));
			assert.equal(stopped.state, 'canceled');
		});

		it('Stop while RunComfy refuses the cancel: the id is kept', async () => {
			const stopped = await stopDuringRun(world, { refused: true });
			record('Stop, cancel refused', waitMode, stopText(stopped));
			assert.ok(stopped.logged, 'the id is not in the log');
			if (parks(waitMode)) assert.ok(stopped.idStored, 'the id is not with the execution');
		});

		for (const end of ENDS) {
			it(`${end}: what came of it`, async () => {
				const outcome = await finishEnd(world, begun.get(end), parks(waitMode) ? 150_000 : 30_000);
				record(`${end}, 4 × ${RUN_MS / 1_000} s`, waitMode, endText(outcome));
				assertKept(waitMode, outcome);
			});
		}
	});
}
