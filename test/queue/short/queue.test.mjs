// Queue mode (main, two workers with two slots each, Redis, PostgreSQL): waiting occupies no slot, processes are ended
// under parked executions, and an execution is stopped.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { assertAllOut, beginEnd, finishEnd } from '../lib/ends.mjs';
import { createWorld } from '../lib/world.mjs';

/** Ends a worker in the middle of a run. */
const SHORT_GRACE = { N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5' };

const ENDS = [
	'SIGKILL of one worker',
	'SIGKILL of both workers',
	'SIGKILL of main (queue)',
	'SIGTERM of both workers',
];

void describe('queue mode', () => {
	/** @type {import('../lib/world.mjs').World} */
	let world;

	before(async () => {
		world = await createWorld({ mode: 'queue', instance: { env: SHORT_GRACE } });
	});
	after(() => world?.close());

	it('12 executions on 4 slots', async () => {
		world.simulator.update({ latencyMs: 5_000 });
		const marks = await world.submitMany(12);
		await world.settle(marks, 120_000);
		assertAllOut(world, marks);
	});

	// In sequence, without waiting for results, which may take n8n a minute and a half.
	const begun = new Map();
	for (const end of ENDS) {
		it(`${end}, and a start`, async () => {
			begun.set(end, await beginEnd(world, end));
		});
	}

	/** Stops an execution in the middle of its run: RunComfy's answers to the cancel, and the request. */
	async function stopDuringRun({ refused }) {
		const { simulator, executions } = world;
		simulator.update({ latencyMs: 120_000 });
		const mark = await world.submit();
		await until('it is accepted', () => world.jobsOf(mark).length > 0);
		await pause(5_000);
		const [{ id }] = (await executions.byMark()).get(mark);
		if (refused) simulator.inject({ name: 'cancel_refused', times: Infinity });
		await executions.stop(id);
		const [job] = world.jobsOf(mark);
		await until(
			'the cancel has come',
			() =>
				simulator.requests.some(
					({ route, path }) => route === 'cancel' && path.includes(job.requestId),
				),
			45_000,
		);
		return { id, job };
	}

	it('Stop cancels the request', async () => {
		const { job } = await stopDuringRun({ refused: false });
		await until('it is canceled', () => job.state === 'canceled');
	});

	it('Stop while RunComfy refuses the cancel: the id is in the log and with the execution', async () => {
		const { id, job } = await stopDuringRun({ refused: true });
		await until('it is in the log', () =>
			world.instance.lines().some((line) => line.includes(job.requestId)),
		);
		await until('it is stored', async () =>
			(await world.executions.textOf(id)).includes(job.requestId),
		);
		world.simulator.clearFaults();
	});

	for (const end of ENDS) {
		it(`${end}: what came of it`, async () => {
			await finishEnd(world, begun.get(end));
			assertAllOut(world, begun.get(end));
		});
	}

	it('nothing came out twice', () => {
		const marks = [...begun.values()].flat();
		assert.deepEqual(
			marks.map((mark) => world.deliveries.get(mark)?.length),
			marks.map(() => 1),
		);
	});
});
