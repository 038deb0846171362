// The limit of an account: how many messages run at the same time, and the order of the others.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SimulatorOptions } from '../../../../simulator/index.ts';
import { eventually } from '../../../support/expect.mts';
import { running, type TestFlow, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();

/** One message at RunComfy, and then the others, with the virtual clock held. */
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
	it('is one queue for all nodes, also of config nodes with one token and address: the smallest limit counts', async () => {
		const flow = await two({ concurrency: 3 }, { concurrency: 1 });
		flow.time.hold();
		for (const id of ['of a', 'of a', 'of b']) flow.ask({}, id);
		await eventually(() => flow.time.sleeping()).toBe(1);
		await turns(20);
		expect(flow.simulator.count('submit')).toBe(1);
	});

	it('is another one with another token', async () => {
		const credentials = { apiToken: 'wrong' };
		const flow = await two({ concurrency: 1 }, { concurrency: 1, credentials });
		await running(flow, 1, () => flow.ask({}, 'of a'));
		flow.ask({}, 'of b');
		await eventually(() => flow.simulator.count('submit')).toBe(2);
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

describe('an account with a new token', () => {
	const NAMES = ['RUNCOMFY_TEST_A', 'RUNCOMFY_TEST_B', 'RUNCOMFY_TEST_LIMIT'] as const;
	const [A, B, LIMIT_OF_B] = NAMES;
	afterEach(() => {
		for (const name of NAMES) delete process.env[name];
	});

	/** One request of `of a` at RunComfy, and one more waiting message of each node. */
	async function crowded(limitOfA: number, limitOfB: number, token = 'good') {
		process.env[A] = process.env[B] = token;
		process.env[LIMIT_OF_B] = String(limitOfB);
		const of = (name: string) => ({ credentials: { apiToken: `\${${name}}` } });
		const b = { concurrency: `\${${LIMIT_OF_B}}`, ...of(B) };
		const flow = await two({ concurrency: limitOfA, ...of(A) }, b, { token });
		const release = await running(flow, 1, () => flow.ask({}, 'of a'));
		for (const id of ['of a', 'of b']) flow.ask({}, id);
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		return { flow, release };
	}

	/**
	 * The number of submits after a deploy has set variables. The simulator refuses the new tokens, which does not
	 * matter.
	 */
	async function submitsAfter(flow: TestFlow, variables: Record<string, string>) {
		Object.assign(process.env, variables);
		await flow.redeploy('full');
		await turns(100);
		return flow.simulator.count('submit');
	}

	it('counts what it began with the old one', async () => {
		const { flow, release } = await crowded(1, 1);
		expect(await submitsAfter(flow, { [A]: 'new', [B]: 'new' })).toBe(1);
		flow.ask({}, 'of a');
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await eventually(() => flow.simulator.count('submit')).toBe(4);
	});

	it('shares the limit of the accounts that have the new one, once all of a deploy are there', async () => {
		const { flow, release } = await crowded(10, 1);
		expect(await submitsAfter(flow, { [A]: 'new', [B]: 'new' })).toBe(1);
		release();
		await eventually(() => flow.simulator.count('submit')).toBe(3);
	});

	it('takes along what waits, but not what is of accounts that keep theirs', async () => {
		const { flow, release } = await crowded(1, 1);
		expect(await submitsAfter(flow, { [B]: 'new' })).toBe(2);
		flow.ask({}, 'of a');
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(2);
		release();
		await eventually(() => flow.simulator.count('submit')).toBe(4);
	});

	it('lets go what waits as soon as its limit is raised', async () => {
		const { flow, release } = await crowded(10, 1);
		expect(await submitsAfter(flow, { [A]: 'new', [B]: 'new', [LIMIT_OF_B]: '10' })).toBe(3);
		release();
	});
});

describe('concurrency', () => {
	it('lets no more requests run at once than the account says, and loses none', async () => {
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

it('a deploy of one of two accounts lets nothing slip in', async () => {
	const flow = await two({ concurrency: 2 }, { concurrency: 10 });
	const release = await running(flow, 2, () => flow.ask({}, 'of a'));
	for (let sent = 0; sent < 3; sent += 1) flow.ask({}, 'of a');
	await turns(20);
	await flow.redeploy('full');
	await turns(50);
	expect(flow.simulator.count('submit')).toBe(2);
	release();
	await flow.ended(5);
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
