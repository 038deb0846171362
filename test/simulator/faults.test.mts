// Aspects of faults that the contract tests cannot see: where they strike, invalid definitions, and their effect on the
// wire.
import { describe, expect, it } from '@jest/globals';
import { notFound, rateLimited, serverError } from '../support/answers.mts';
import { eventually } from '../support/expect.mts';
import { type Client, FAULT_TABLE, README, start } from './support.mts';

const balance = ({ call }: Client) => call('GET', '/prod/v2/balance');

describe('how often and where a fault strikes', () => {
	it('times, after and on are counted per fault', async () => {
		const { sim, call, status, run } = await start();
		const id = await run('textToImage');
		sim.inject(serverError({ on: ['status', 'result'], after: 1, times: 2 }));
		const codes = [];
		for (let i = 0; i < 4; i += 1) codes.push((await status(id)).status);
		expect(codes).toEqual([200, 500, 500, 200]);
		sim.inject(rateLimited({ on: 'deployments', times: Infinity }));
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
		expect((await call('GET', '/prod/v2/deployments')).status).toBe(429);
		expect((await call('GET', `/prod/v2/deployments/${id}`)).status).toBe(429);
		sim.clearFaults();
		expect((await call('GET', '/prod/v2/deployments')).status).toBe(200);
	});

	it('a fault can wait for one request or one deployment', async () => {
		const { sim, run, status } = await start();
		const [one, two] = [await run('textToImage'), await run('textToImage')];
		sim.inject(notFound({ on: 'status', request_id: two }));
		expect((await status(one)).status).toBe(200);
		expect((await status(two)).status).toBe(404);
		const deployment_id = sim.deploymentIds.video;
		sim.inject({ name: 'run_failed', deployment_id });
		const [image, clip] = [await run('textToImage'), await run('video')];
		expect(sim.jobs.get(image)?.outcome.kind).toBe('succeeded');
		expect(sim.jobs.get(clip)?.outcome.kind).toBe('failed');
	});
});

describe('inject refuses', () => {
	it.each([
		['a fault', { name: 'nope' }, 'Unknown fault "nope". Known: answer, '],
		['a parameter', { name: 'cancel_slow', mss: 3 }, '"mss". Known: ms, times'],
		['a route', { name: 'reset', on: 'nowhere' }, 'Unknown route "nowhere". Known: *, '],
		['a route', { name: 'reset', on: '' }, 'Unknown route ""'],
		['a model', { name: 'reset', model_id: 'nope' }, 'Unknown model "nope"'],
		['a deployment', { name: 'reset', deployment_id: 'x' }, 'reset: Unknown deployment "x". Known'],
		['a number', { name: 'cancel_slow', ms: '9 s' }, '"ms" must be a number ≥ 0, not 9 s'],
		['a word', { name: 'cancel_family', family: 'both' }, 'must be one of outcome, status'],
		['texts', { name: 'answer', headers: { a: 1 } }, '"headers" must be an object of texts'],
		['a flag', { name: 'stall', accepted: 'yes' }, '"accepted" must be true or false'],
	])('%s: %j', async (_what, fault, reason) => {
		const { sim, call } = await start();
		expect(() => sim.inject(fault as never)).toThrow(reason);
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
	});
});

it('the table in the README lists exactly the faults there are, with their defaults', () => {
	const rows = [...README.matchAll(/^\| `(\w+)` +\| (`\S+`(?:, `\S+`)*) +\| (\w+) +\| (.+)\|$/gm)];
	const expected = Object.entries(FAULT_TABLE).map(([name, { on, times, what }]) => [
		name,
		[on]
			.flat()
			.map((target) => `\`${target}\``)
			.join(', '),
		times === Infinity ? 'always' : String(times),
		what,
	]);
	expect(rows.map((row) => row.slice(1).map((cell) => cell.trim()))).toEqual(expected);
});

describe('an answer that takes the place of the right one', () => {
	it.each<[object, number, string, string]>([
		[{}, 200, '', 'text/plain; charset=utf-8'],
		[
			{ status: 502, body: '<h1>Bad Gateway</h1>' },
			502,
			'<h1>Bad Gateway</h1>',
			'text/plain; charset=utf-8',
		],
		[
			{ status: 403, body: { message: 'not today' } },
			403,
			'{"message":"not today"}',
			'application/json',
		],
		[{ body: '{', headers: { 'content-type': 'application/json' } }, 200, '{', 'application/json'],
	])('%j, once', async (given, status, text, type) => {
		const client = await start({ faults: [{ name: 'answer', ...given }] });
		const answer = await balance(client);
		expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([
			status,
			text,
			type,
		]);
		expect((await balance(client)).json).toHaveProperty('balance_usd');
	});
});

describe('an answer that does not come', () => {
	it('comes once the faults are cleared', async () => {
		const client = await start();
		const { sim } = client;
		sim.inject({ name: 'stall', on: 'balance', ms: 3_600_000 });
		sim.inject({ name: 'slow_submit', ms: 3_600_000 });
		const answers = [balance(client), client.submit('textToImage')];
		await eventually(() => [sim.requests.length, sim.jobs.size]).toEqual([2, 1]);
		sim.clearFaults();
		expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
	});

	it('ends with the simulator, and has created its job if it is only slow', async () => {
		const client = await start();
		const { sim } = client;
		sim.inject({ name: 'stall', on: 'balance' });
		sim.inject({ name: 'stall', on: 'balance', ms: 3_600_000 });
		sim.inject({ name: 'slow_submit', ms: 3_600_000 });
		const waiting = [balance(client), balance(client), client.submit('textToImage')];
		await eventually(() => [sim.requests.length, sim.jobs.size]).toEqual([3, 1]);
		const [closed, ...answers] = await Promise.allSettled([sim.close(), ...waiting]);
		expect(closed.status).toBe('fulfilled');
		expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
	});
});

describe('a bug of the simulator itself', () => {
	it('is answered with 500 and the error', async () => {
		let broken = false;
		const now = () => {
			if (broken) throw new RangeError('no clock');
			return 0;
		};
		const client = await start({ now });
		broken = true;
		const answer = await balance(client);
		expect([answer.status, answer.text]).toEqual([
			500,
			'The simulator failed: RangeError: no clock',
		]);
	});
});
