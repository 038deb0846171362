// One process with SQLite: workflow settings while an execution is parked, many items in one execution, and a kill.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { assertAllOut, beginEnd, finishEnd } from '../lib/ends.mjs';
import {
	BATCH_PATH,
	batchWorkflow,
	errorWorkflow,
	runWorkflow,
	textOf,
} from '../lib/workflows.mjs';
import { createWorld } from '../lib/world.mjs';

const STRICT = 'strict';

void describe('regular mode', () => {
	/** @type {import('../lib/world.mjs').World} */
	let world;

	/** Executions of a workflow that stores no successful executions, and has an error workflow. */
	let strict;

	before(async () => {
		world = await createWorld({
			mode: 'regular',
			instance: { env: { N8N_LOG_FORMAT: 'json' } },
		});
		const { rest } = world.instance;
		const errors = await rest('POST', '/rest/workflows', errorWorkflow(world.sinkUrl));
		await rest('POST', `/rest/workflows/${errors.id}/activate`, { versionId: errors.versionId });
		const json = runWorkflow(world, STRICT);
		const settings = {
			...json.settings,
			saveDataSuccessExecution: 'none',
			errorWorkflow: errors.id,
			// Shorter than the successful run.
			executionTimeout: 6,
		};
		strict = await world.addWorkflow({ ...json, settings }, STRICT);
	});
	after(() => world?.close());

	async function park(runMs) {
		world.simulator.update({ latencyMs: runMs });
		const mark = await world.submit(STRICT);
		const newest = async () => (await strict.byMark()).get(mark)?.[0];
		await until('it is parked', async () => (await newest())?.status === 'waiting', 60_000);
		return { mark, newest };
	}

	it('no timeout of the workflow ends a parked execution, and one that is not saved comes out and goes', async () => {
		const { mark, newest } = await park(8_000);
		await until('it comes out', () => world.isDelivered(mark), 60_000);
		await until('it is gone', async () => (await newest()) === undefined);
	});

	it('the error workflow is told of a run that fails, with its request id', async () => {
		world.simulator.inject({ name: 'run_failed', times: 1 });
		const { mark, newest } = await park(3_000);
		const [{ requestId: told }] = await until(
			'the error workflow is told',
			() => world.deliveries.get(undefined),
			60_000,
		);
		const [{ requestId }] = world.jobsOf(mark);
		assert.ok(told.includes(requestId), told);
		await until('it has failed', async () => (await newest())?.status === 'error');
	});

	it('24 items on six places: the next is submitted as soon as there is one, and n8n answers others', async () => {
		const { simulator, deliveries } = world;
		await world.addWorkflow(batchWorkflow(world, 6), BATCH_PATH);
		const shorter = Array.from({ length: 23 }, (_, n) => 2_000 + ((n * 3_571) % 8_000));
		const runsMs = [30_000, ...shorter];
		for (const ms of runsMs) simulator.inject({ name: 'run_time', ms, times: 1 });
		const before = { errors: errorLines().length, submits: simulator.count('submit') };
		const mark = 500_000;
		const items = runsMs.map((_ms, n) => ({ n }));
		const answer = await world.post({ mark: textOf(mark), items }, BATCH_PATH);
		assert.equal(answer.status, 200);
		const refusals = [];
		const [told] = await until(
			'all come out',
			async () => {
				const page = await fetch(world.instance.url, { headers: { connection: 'close' } });
				await page.text();
				if (page.status !== 200) refusals.push(page.status);
				await pause(1_000);
				return deliveries.get(mark);
			},
			600_000,
		);
		assert.equal(told.status, 'succeeded');
		assert.equal(told.requestId.split(' ').length, 24);
		assert.equal(simulator.count('submit'), before.submits + 24);
		assert.deepEqual(refusals, []);
		// In waves, it would have waited for the longest of the first six.
		const batch = [...simulator.jobs.values()].slice(-24);
		const firstEnds = batch.slice(0, 6).map(({ finishedAt }) => finishedAt);
		assert.ok(batch[6].createdAt < Math.max(...firstEnds), JSON.stringify(batch.slice(0, 7)));
		assert.deepEqual(errorLines().slice(before.errors), []);
	});

	/** n8n's error lines, except those caused by the test's own check for a webhook. */
	function errorLines() {
		const lines = world.instance.lines().filter((line) => line.includes('"level":"error"'));
		return lines.filter((line) => !/unknown webhook|is not registered/.test(line));
	}

	it('SIGKILL: parked executions come out after the start', async () => {
		const marks = await beginEnd(world, 'SIGKILL (regular)');
		await finishEnd(world, marks);
		assertAllOut(world, marks);
	});
});
