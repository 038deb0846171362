// Aspects of faults that the contract tests cannot see: where they strike, invalid definitions, and their effect on the
// wire.
import { describe, expect, it } from '@jest/globals';
import { notFound, rateLimited, serverError } from '../support/answers.mts';
import { eventually } from '../support/expect.mts';
import { type Client, FAULT_TABLE, MODEL_IDS, README, start } from './support.mts';

const balance = ({ call }: Client) => call('GET', '/prod/v2/balance');
const MODEL = `/v1/models/${MODEL_IDS.textToImage}`;
const runModel = async ({ call }: Client) =>
	String((await call('POST', MODEL, { prompt: 'a fox' })).json['request_id']);

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

	it('a fault can wait for one model, or for one API', async () => {
		const client = await start();
		const { sim, call } = client;
		sim.inject({ name: 'run_failed', model_id: MODEL_IDS.imageEdit });
		sim.inject(rateLimited({ on: 'models.submit', after: 1 }));
		sim.inject(serverError({ on: 'models.status', model_id: MODEL_IDS.textToImage }));
		const id = await runModel(client);
		expect((await client.submit('textToImage')).status).toBe(200);
		expect((await call('POST', MODEL, { prompt: 'a fox' })).status).toBe(429);
		expect(sim.jobs.get(id)?.outcome.kind).toBe('succeeded');
		expect((await call('GET', `/v1/requests/${id}/status`)).status).toBe(500);
		sim.inject(serverError({ on: 'models', times: 2 }));
		expect((await call('GET', '/v1/models')).status).toBe(500);
		expect((await call('GET', MODEL)).status).toBe(500);
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

	it('has headers of its own', async () => {
		const client = await start({ faults: [rateLimited({ retryAfter: 7 })] });
		expect((await balance(client)).headers.get('retry-after')).toBe('7');
	});
});

describe('a cancel', () => {
	it('cancel_family changes the words, of a hosted model, too', async () => {
		const client = await start({ queueMs: 10_000 });
		const { sim, call, pass } = client;
		const id = await runModel(client);
		const cancel = async () => (await call('POST', `/v1/requests/${id}/cancel`)).json;
		sim.inject({ name: 'cancel_refused' });
		expect(await cancel()).toMatchObject({ outcome: 'not_cancellable' });
		sim.inject({ name: 'cancel_family', family: 'status', times: 1 });
		sim.inject({ name: 'cancel_slow' });
		expect(await cancel()).toEqual({ request_id: id, status: 'cancellation_requested' });
		pass(4999);
		expect(sim.jobs.get(id)?.state).toBe('in_queue');
		pass(1);
		expect(sim.jobs.get(id)?.state).toBe('canceled');
	});
});

describe('an answer that does not come', () => {
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

	it('comes after a time, if that is set', async () => {
		const client = await start({ faults: [{ name: 'stall', ms: 5 }] });
		expect((await balance(client)).status).toBe(200);
		expect(client.sim.requests[0]?.faults).toEqual(['stall']);
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
