// The limit of an account: how many messages run at the same time, and the order of the others.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SimulatorOptions } from '../../../../simulator/index.ts';
import { eventually } from '../../../support/expect.mts';
import { running, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();

/** Two run nodes, each with its own account; the first one has the longest run. */
async function two(first: object, second: object, simulator: SimulatorOptions = {}) {
	const config = { type: 'runcomfy-config' };
	const onTab = { z: 't', x: 0, y: 0 };
	const run = { type: 'runcomfy-run', ...onTab, wires: [] };
	const nodes = ({ url }: { url: string }) => [
		{ id: 't', type: 'tab', label: 'test' },
		{ id: 'a', ...config, baseUrl: `${url}//`, ...first },
		{ id: 'b', ...config, baseUrl: url, ...second },
		{ id: 'of a', ...run, config: 'a' },
		{ id: 'of b', ...run, config: 'b' },
		{ id: 'catch', type: 'catch', ...onTab, scope: null, wires: [['caught']] },
		{ id: 'complete', type: 'complete', ...onTab, scope: ['of a'], wires: [['completed']] },
		...['caught', 'completed', 'sent'].map((id) => ({ id, type: 'helper', ...onTab })),
	];
	const options = { flow: nodes, simulator: { latencyMs: 600_000, ...simulator } };
	return start('runcomfy-run', {}, options);
}

describe('an account', () => {
	it('has one queue for all of its nodes, and none in common with another account node', async () => {
		const flow = await two({ concurrency: 1 }, { concurrency: 1 });
		await running(flow, 1, () => flow.ask({}, 'of a'));
		flow.ask({}, 'of a');
		flow.ask({}, 'of b');
		await eventually(() => flow.simulator.count('submit')).toBe(2);
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(2);
	});

	it('gives a place to the next message before the files of a run are fetched', async () => {
		const flow = await start('runcomfy-run', { output: 'buffer' }, { config: { concurrency: 1 } });
		flow.simulator.inject({ name: 'stall', on: 'storage' });
		flow.ask();
		flow.ask();
		await eventually(() => flow.simulator.count('submit')).toBe(2);
		expect(flow.sent).toEqual([]);
	});
});

describe('a submit that is on its way', () => {
	it('keeps its place until it is answered, although its node is deleted', async () => {
		const config = { concurrency: 1 };
		const other = { id: 'm', type: 'runcomfy-run', config: 'cfg', wires: [['sent']] };
		const simulator = { latencyMs: 600_000 };
		const flow = await start('runcomfy-run', {}, { config, nodes: [other], simulator });
		flow.simulator.inject({ name: 'slow_submit', ms: 500 });
		flow.ask();
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		flow.ask({}, 'm');
		await flow.redeploy('full', { d: true });
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		await eventually(() => flow.simulator.count('submit')).toBe(2);
		expect(flow.states()).toEqual(['canceled', 'in_progress']);
	});
});

describe('what a deploy changes in an account counts for what goes on and what waits, too:', () => {
	const VARIABLE = 'RUNCOMFY_TEST';
	afterEach(() => {
		delete process.env[VARIABLE];
	});

	it('the token', async () => {
		process.env[VARIABLE] = 'good';
		const config = { concurrency: 1 };
		const credentials = { apiToken: `\${${VARIABLE}}` };
		const simulator = { latencyMs: 600_000, token: 'good' };
		const flow = await start('runcomfy-run', {}, { config, credentials, simulator });
		const refused = () => flow.simulator.requests.filter(({ status }) => status === 401);
		const release = await running(flow);
		flow.ask();
		await turns(5);
		process.env[VARIABLE] = 'revoked';
		await flow.redeploy('full');
		flow.time.elapse(30_000);
		await eventually(() => refused().length).toBe(1);
		process.env[VARIABLE] = 'good';
		await flow.redeploy('full');
		release();
		await flow.ended(2);
		expect([flow.sent.length, refused().length]).toEqual([2, 1]);
	});
});

describe('a limit that a deploy raises', () => {
	const LIMIT = 'RUNCOMFY_TEST_LIMIT';
	afterEach(() => {
		delete process.env[LIMIT];
	});

	it('lets go what waits, and counts what runs (P49)', async () => {
		process.env[LIMIT] = '1';
		const config = { concurrency: `\${${LIMIT}}` };
		const flow = await start('runcomfy-run', {}, { config, simulator: { latencyMs: 600_000 } });
		const release = await running(flow);
		for (let more = 0; more < 3; more += 1) flow.ask();
		await turns(20);
		process.env[LIMIT] = '3';
		await flow.redeploy('full');
		await eventually(() => flow.simulator.count('submit')).toBe(3);
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(3);
		release();
		await flow.ended(4);
	});
});

describe('concurrency', () => {
	it('lets no more requests run at once than the account says, and loses none (P49)', async () => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency: '2' } });
		for (const topic of 'abcdefg') flow.ask({ topic });
		await flow.ended(7);
		expect(flow.caught).toEqual([]);
		expect(flow.sent.map(({ topic }) => topic).sort()).toEqual([...'abcdefg']);
		const jobs = [...flow.simulator.jobs.values()];
		const together = jobs.map(({ createdAt: at }) =>
			jobs.filter((other) => other.createdAt <= at && (other.finishedAt ?? Infinity) > at),
		);
		expect(Math.max(...together.map(({ length }) => length))).toBe(2);
	});

	it('is ten where the account does not say', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		for (let sent = 0; sent < 12; sent += 1) flow.ask();
		await eventually(() => flow.time.sleeping()).toBe(10);
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(10);
		release();
		await flow.ended(12);
	});
});

it.each(['${NOT_SET}', 'two', '0'])(
	'an account warns of a concurrency that is %j',
	async (concurrency) => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency } });
		expect(flow.warnings('cfg')).toEqual([
			`Concurrency is "${concurrency}", not a number of 1 or more: 10 requests run at the same time`,
		]);
	},
);
