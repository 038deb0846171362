import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Client, DEPLOYMENT_IDS, FAULT_TABLE, type Json, start } from './support.mts';

describe('how often and where a fault strikes', () => {
	it('times, after and on are counted per fault', async () => {
		const { sim, call, status, run } = await start();
		const id = await run('textToImage');
		sim.inject({ name: 'server_error', on: ['status', 'result'], after: 1, times: 2 });
		const codes = [];
		for (let i = 0; i < 4; i += 1) codes.push((await status(id)).status);
		expect(codes).toEqual([200, 500, 500, 200]);
		sim.inject({ name: 'rate_limited', on: 'deployments', times: Infinity });
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
		expect((await call('GET', '/prod/v2/deployments')).status).toBe(429);
		expect((await call('GET', `/prod/v2/deployments/${id}`)).status).toBe(429);
		sim.clearFaults();
		expect((await call('GET', '/prod/v2/deployments')).status).toBe(200);
	});

	it('a fault can wait for one request or one deployment', async () => {
		const { sim, run, status } = await start();
		const [one, two] = [await run('textToImage'), await run('textToImage')];
		sim.inject({ name: 'not_found_after_submit', request_id: two });
		expect((await status(one)).status).toBe(200);
		expect((await status(two)).status).toBe(404);
		const deployment_id = sim.deploymentIds.video;
		sim.inject({ name: 'run_failed', deployment_id });
		const [image, clip] = [await run('textToImage'), await run('video')];
		expect(sim.jobs.get(image)?.outcome.kind).toBe('succeeded');
		expect(sim.jobs.get(clip)?.outcome.kind).toBe('failed');
	});

	it('faults can be on from the start, and wrong ones are refused', async () => {
		const { call, sim } = await start({ faults: [{ name: 'gateway_402' }] });
		expect((await call('GET', '/prod/v2/balance')).status).toBe(402);
		const unknown = JSON.parse('{"name":"nope"}') as { name: 'reset' };
		expect(() => sim.inject(unknown)).toThrow(/Unknown fault "nope".*rate_limited/);
		expect(() => sim.inject({ name: 'reset', times: -1 })).toThrow(RangeError);
	});
});

type Fault = Parameters<Client['sim']['inject']>[0];

describe('status faults', () => {
	it.each<[Fault, Json, string[]]>([
		[{ name: 'frozen_status' }, {}, ['in_progress', 'in_progress', 'in_progress']],
		[{ name: 'unknown_status', times: 2 }, {}, ['warming_up', 'warming_up', 'completed']],
		[{ name: 'unknown_status', value: 'ZZZ' }, {}, ['ZZZ', 'completed', 'completed']],
		[{ name: 'status_failed' }, {}, ['completed', 'completed', 'completed']],
		[{ name: 'status_failed' }, { steps: 0 }, ['failed', 'failed', 'failed']],
	])('%j after a run with %j: %j', async (fault, inputs, words) => {
		const { run, status, result, pass } = await start({ faults: [fault] });
		const id = await run('textToImage', { '31': { inputs } });
		pass(60_000);
		const seen = [];
		for (let i = 0; i < 3; i += 1) seen.push((await status(id)).json['status']);
		expect(seen).toEqual(words);
		expect((await result(id)).json['status']).toBe('steps' in inputs ? 'failed' : 'succeeded');
	});

	it('queue_position_missing leaves the position out', async () => {
		const { run, status } = await start({
			queueMs: 1000,
			faults: [{ name: 'queue_position_missing' }],
		});
		const { json } = await status(await run('textToImage'));
		expect(json['status']).toBe('in_queue');
		expect(json).not.toHaveProperty('queue_position');
	});

	it('spelling overrides the version', async () => {
		const { run, cancel, status } = await start({
			faults: [{ name: 'spelling', value: 'canceled' }],
		});
		const id = await run('textToImage');
		await cancel(id);
		expect((await status(id, 'v2')).json['status']).toBe('canceled');
	});
});

describe('run faults', () => {
	const said = { error: 'FileUploadException', details: 'no luck' };
	it.each<[Fault, Json]>([
		[
			{ name: 'run_failed', shape: 'array', ...said, log_url: 'https://logs.example/1' },
			{ error: [{ ...said, errorCode: 10011 }], log_url: 'https://logs.example/1' },
		],
		[{ name: 'run_failed', shape: 'object', ...said }, { error: said }],
		[
			{ name: 'run_failed', shape: 'string', node_id: '8' },
			{ error: 'Node 8 (VAEDecode): CUDA out of memory' },
		],
		[{ name: 'run_canceled' }, { status: 'cancelled' }],
		[{ name: 'run_time', ms: 9000 }, { status: 'in_progress' }],
		[{ name: 'empty_outputs' }, { outputs: {} }],
		[
			{ name: 'missing_url' },
			{
				outputs: {
					'9': { images: [{ filename: 'ComfyUI_00001_.png', subfolder: '', type: 'output' }] },
				},
			},
		],
		[
			{ name: 'huge_result', bytes: 3 },
			{
				outputs: {
					'9': { images: [{ url: expect.any(String) }] },
					'999': { text: ['xxx'] },
				},
			},
		],
	])('%j: %j', async (fault, result) => {
		const { json } = await (await start({ faults: [fault] })).finish('textToImage');
		expect(json).toMatchObject(result);
		if ('error' in result) expect(json).not.toHaveProperty('outputs');
		if (fault.name === 'missing_url') expect(JSON.stringify(json)).not.toContain('"url"');
	});
});

describe('results that are used again', () => {
	const files = async (finish: Client['finish'], name: 'cached' | 'mixed', overrides = {}) =>
		Object.keys((await finish(name, overrides)).json['outputs'] as Json);

	it('give no new file where the inputs are those of the last run', async () => {
		const { finish } = await start();
		const seed = (value: number) => ({ '31': { inputs: { seed: value } } });
		expect(await files(finish, 'cached')).toEqual(['9']);
		expect(await files(finish, 'cached')).toEqual([]);
		expect(await files(finish, 'cached', seed(5))).toEqual(['9']);
		expect(await files(finish, 'cached', seed(5))).toEqual([]);
		expect(await files(finish, 'cached')).toEqual(['9']);
	});

	it('are a fault of any deployment, output by output', async () => {
		const { sim, finish } = await start();
		sim.inject({ name: 'cached_result' });
		const all = await files(finish, 'mixed');
		expect(all.length).toBeGreaterThan(2);
		expect(await files(finish, 'mixed')).toEqual([]);
		const prefix = { inputs: { filename_prefix: 'other' } };
		expect(await files(finish, 'mixed', { '9': prefix })).toEqual(['9']);
		sim.clearFaults();
		expect(await files(finish, 'mixed')).toEqual(all);
	});
});

describe('cancel faults', () => {
	it('cancel_family switches to outcome, both ways', async () => {
		const { sim, run, cancel } = await start();
		sim.inject({ name: 'cancel_family', family: 'outcome' });
		const id = await run('textToImage');
		const fields = { request_id: id, status: 'completed' };
		expect((await cancel(id)).json).toEqual({ ...fields, outcome: 'cancelled' });
		expect((await cancel(id)).json).toEqual({ ...fields, outcome: 'not_cancellable' });
	});

	it('cancel_refused cancels nothing', async () => {
		const { sim, run, cancel, status } = await start();
		sim.inject({ name: 'cancel_refused' });
		const id = await run('textToImage');
		expect((await cancel(id)).json['status']).toBe('not_cancellable');
		expect((await status(id)).json['status']).toBe('in_progress');
	});

	it('cancel_race is accepted, and the job succeeds', async () => {
		const { sim, run, cancel, result, pass } = await start();
		sim.inject({ name: 'cancel_race' });
		const id = await run('textToImage');
		expect((await cancel(id)).json['status']).toBe('cancellation_requested');
		pass(1000);
		expect((await result(id)).json['status']).toBe('succeeded');
		expect(sim.jobs.get(id)).toHaveProperty('cancelRequestedAt');
	});

	it('cancel_slow takes effect later', async () => {
		const { sim, run, cancel, status, pass } = await start({ latencyMs: 10_000 });
		sim.inject({ name: 'cancel_slow', ms: 3000 });
		const id = await run('textToImage');
		await cancel(id);
		pass(2999);
		expect((await status(id)).json['status']).toBe('in_progress');
		pass(1);
		expect((await status(id)).json['status']).toBe('cancelled');
	});
});

describe('inject refuses', () => {
	it.each([
		['a fault', { name: 'nope' }, 'Unknown fault "nope". Known: rate_limited, '],
		['a parameter', { name: 'cancel_slow', mss: 3 }, '"mss". Known: ms, times'],
		['a parameter', { name: 'reset', deploymentId: 'x' }, 'Unknown parameter "deploymentId"'],
		['a route', { name: 'reset', on: 'nowhere' }, 'Unknown route "nowhere". Known: *, '],
		['a route', { name: 'reset', on: ['status', 'cancell'] }, 'Unknown route "cancell"'],
		['a route', { name: 'reset', on: '' }, 'Unknown route ""'],
		['a deployment', { name: 'reset', deployment_id: '' }, 'Unknown deployment ""'],
		['a deployment', { name: 'reset', deployment_id: 'x' }, 'reset: Unknown deployment "x". Known'],
		['a number', { name: 'cancel_slow', ms: '9 s' }, '"ms" must be a number ≥ 0, not 9 s'],
		['a count', { name: 'reset', times: NaN }, '"times" must be a number ≥ 0'],
		['a word', { name: 'cancel_family', family: 'both' }, 'must be one of outcome, status'],
		['a flag', { name: 'stall', accepted: 'yes' }, '"accepted" must be true or false'],
	])('%s: %j', async (_what, fault, reason) => {
		const { sim, call } = await start();
		expect(() => sim.inject(fault as never)).toThrow(reason);
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
	});

	it('and takes what fits, undefined included', async () => {
		const { sim, call, submit } = await start();
		sim.inject({
			name: 'server_error',
			status: undefined,
			retry_after: '3',
			on: 'submit',
		} as never);
		sim.inject({ name: 'reset', deployment_id: DEPLOYMENT_IDS.audio, times: Infinity });
		expect((await call('GET', '/prod/v2/balance')).status).toBe(200);
		expect((await submit('text')).headers.get('retry-after')).toBe('3');
	});

	it('a deployment that was created by a call is known', async () => {
		const { sim, call } = await start();
		const { json } = await call('GET', `/prod/v2/deployments/${DEPLOYMENT_IDS.audio}`);
		const { json: made } = await call('POST', '/prod/v2/deployments', { ...json, name: 'mine' });
		sim.inject({ name: 'server_error', deployment_id: String(made['id']) });
		expect((await call('GET', `/prod/v2/deployments/${String(made['id'])}`)).status).toBe(500);
	});
});

it('the table in the README lists exactly the faults there are, with their defaults', () => {
	const readme = readFileSync(new URL('../../simulator/README.md', import.meta.url), 'utf8');
	const rows = [...readme.matchAll(/^\| `(\w+)` +\| (`\S+`(?:, `\S+`)*) +\| (\w+) +\| (.+)\|$/gm)];
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
