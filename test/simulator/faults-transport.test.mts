import { get } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { AGENT, type Client, start, urlsIn } from './support.mts';

const BALANCE = '/prod/v2/balance';
const balance = ({ call }: Client) => call('GET', BALANCE);

type Fault = Parameters<Client['sim']['inject']>[0];

describe('instead of an answer', () => {
	it.each<[Fault, number, string | RegExp]>([
		[{ name: 'rate_limited' }, 429, '{"message":"Too Many Requests"}'],
		[{ name: 'server_error' }, 500, /"error_code":500001/],
		[{ name: 'server_error', status: 503 }, 503, /"error_code":500001/],
		[{ name: 'html_error_page' }, 502, /<html>/],
		[{ name: 'not_json' }, 200, 'upstream is starting'],
		[{ name: 'empty_body' }, 200, ''],
		[
			{ name: 'error_in_200', code: 10001, message: 'so' },
			...([200, '{"error_code":10001,"error_message":"so"}'] as const),
		],
		[{ name: 'forbidden_message' }, 403, '{"message":"Forbidden"}'],
		[{ name: 'gateway_402' }, 402, '{"message":"Payment Required"}'],
		[{ name: 'unauthorized' }, 401, /"error_code":401001/],
		[{ name: 'not_found' }, 404, /"error_code":404001/],
		[{ name: 'token_echo' }, 500, /Bearer simulator-token/],
	])('%j gives %i, once', async (fault, status, body) => {
		const client = await start({ faults: [fault] });
		const answer = await balance(client);
		expect(answer.status).toBe(status);
		expect(answer.text).toEqual(typeof body === 'string' ? body : expect.stringMatching(body));
		expect((await balance(client)).json).toHaveProperty('balance_usd');
	});

	it.each<[Fault, string, RegExp | null]>([
		[{ name: 'rate_limited' }, 'retry-after', null],
		[{ name: 'rate_limited', retry_after: 7 }, 'retry-after', /^7$/],
		[{ name: 'html_error_page' }, 'content-type', /^text\/html$/],
		[{ name: 'redirect' }, 'location', /^http:\/\/localhost:\d+\/prod\/v2\/balance$/],
		[{ name: 'redirect', location: 'https://evil.example/' }, 'location', /^https:\/\/evil/],
	])('%j has the header %s: %s', async (fault, name, value) => {
		const { headers } = await balance(await start({ faults: [fault] }));
		expect(headers.get(name)).toEqual(value && expect.stringMatching(value));
	});

	it('utf8_bom puts a byte order mark before the JSON', async () => {
		const { sim } = await start({ faults: [{ name: 'utf8_bom' }] });
		const headers = { authorization: `Bearer ${sim.token}` };
		const bytes = await (await fetch(sim.url + BALANCE, { headers })).arrayBuffer();
		expect(Buffer.from(bytes).toString('hex', 0, 4)).toBe('efbbbf7b');
	});
});

describe('the connection', () => {
	it('reset ends before anything is done', async () => {
		const { sim, submit } = await start();
		sim.inject({ name: 'reset', on: 'submit' });
		await expect(submit('textToImage')).rejects.toThrow();
		expect(sim.jobs.size).toBe(0);
		expect(sim.requests[0]).toMatchObject({ route: 'submit', status: 0, faults: ['reset'] });
	});

	it('reset_after_accept ends after the job was created', async () => {
		const { sim, submit } = await start();
		sim.inject({ name: 'reset_after_accept' });
		await expect(submit('textToImage')).rejects.toThrow();
		expect(sim.jobs.size).toBe(1);
	});

	it('error_after_accept names the job that was created beside the error', async () => {
		const { sim, submit } = await start();
		sim.inject({ name: 'error_after_accept', status: 422, code: 422001 });
		const { status, json } = await submit('textToImage');
		const [request_id] = sim.jobs.keys();
		expect(status).toBe(422);
		expect(json).toMatchObject({ request_id, error_code: 422001 });
	});

	it('stall never answers; with `accepted` the job still exists', async () => {
		const { sim } = await start();
		const path = `/prod/v2/deployments/${sim.deploymentIds.textToImage}/inference`;
		const attempt = () => {
			const leave = new AbortController();
			const answer = fetch(sim.url + path, {
				method: 'POST',
				headers: { authorization: `Bearer ${sim.token}` },
				body: '{"overrides":{}}',
				signal: leave.signal,
			});
			return { answer, leave };
		};
		sim.inject({ name: 'stall' });
		sim.inject({ name: 'stall', accepted: true });
		const first = attempt();
		await eventually(() => sim.count('submit')).toBe(1);
		first.leave.abort();
		await expect(first.answer).rejects.toThrow();
		expect(sim.jobs.size).toBe(0);
		const second = attempt();
		await eventually(() => sim.jobs.size).toBe(1);
		second.leave.abort();
		await expect(second.answer).rejects.toThrow();
	});

	it('stall with a time answers after it', async () => {
		const client = await start();
		client.sim.inject({ name: 'stall', ms: 5 });
		expect((await balance(client)).status).toBe(200);
		expect(client.sim.requests[0]?.faults).toEqual(['stall']);
	});

	it('close ends a stalled request', async () => {
		const client = await start();
		client.sim.inject({ name: 'stall' });
		client.sim.inject({ name: 'stall', ms: 3_600_000 });
		const waiting = [balance(client), balance(client)];
		await eventually(() => client.sim.requests.length).toBe(2);
		const [closed, ...answers] = await Promise.allSettled([client.sim.close(), ...waiting]);
		expect(closed.status).toBe('fulfilled');
		expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
	});

	it('slow_submit creates the job at once and answers late', async () => {
		const { sim, submit } = await start();
		sim.inject({ name: 'slow_submit', ms: 1 });
		expect((await submit('textToImage')).status).toBe(200);
		sim.inject({ name: 'slow_submit', ms: 3_600_000 });
		const late = submit('textToImage');
		await eventually(() => sim.jobs.size).toBe(2);
		const [answer] = await Promise.allSettled([late, sim.close()]);
		expect(answer.status).toBe('rejected');
	});

	it('truncated_body stops half-way', async () => {
		const client = await start();
		client.sim.inject({ name: 'truncated_body' });
		await expect(balance(client)).rejects.toThrow();
		expect(client.sim.requests[0]).toMatchObject({ status: 200, faults: ['truncated_body'] });
		client.sim.inject({ name: 'truncated_body', on: 'object_info' });
		const { deploymentIds, url } = client.sim;
		const cut = await readUntilCut(`${url}/object_info/${deploymentIds.textToImage}.json`);
		expect(cut.received).toBe(cut.announced >> 1);
	});
});

describe('downloads', () => {
	const withPicture = async (outputBytes?: number) => {
		const client = await start(outputBytes === undefined ? {} : { outputBytes });
		const id = await client.run('textToImage');
		client.pass(1000);
		const url = urlsIn(await client.result(id))[0] ?? '';
		return { ...client, id, url };
	};

	it('zero_byte_download is empty once, then whole', async () => {
		const { sim, url, download } = await withPicture();
		sim.inject({ name: 'zero_byte_download' });
		const empty = await download(url);
		expect([empty.status, (await empty.arrayBuffer()).byteLength]).toEqual([200, 0]);
		expect((await (await download(url)).arrayBuffer()).byteLength).toBeGreaterThan(0);
	});

	it('storage_forbidden and storage_not_found refuse', async () => {
		const { sim, url, download } = await withPicture();
		sim.inject({ name: 'storage_forbidden' });
		sim.inject({ name: 'storage_not_found' });
		expect((await download(url)).status).toBe(403);
		expect((await download(url)).status).toBe(404);
		expect((await download(url)).status).toBe(200);
	});

	it('storage_expired refuses a URL for good; the result then gives another', async () => {
		const { sim, id, url, result, download } = await withPicture();
		sim.inject({ name: 'storage_expired' });
		expect((await download(url)).status).toBe(403);
		expect((await download(url)).status).toBe(403);
		const fresh = urlsIn(await result(id))[0] ?? '';
		expect(fresh).toBe(`${url}?X-Goog-Signature=1`);
		expect((await download(fresh)).status).toBe(200);
		expect((await download(url)).status).toBe(403);
	});

	it('storage_redirect leads back here, to another origin, or anywhere', async () => {
		const { sim, url, download } = await withPicture();
		sim.inject({ name: 'storage_redirect' });
		sim.inject({ name: 'storage_redirect', cross_origin: true });
		sim.inject({ name: 'storage_redirect', location: 'https://cdn.example/x.png' });
		const targets = [];
		for (let i = 0; i < 3; i += 1) targets.push((await download(url)).headers.get('location'));
		expect(targets).toEqual([
			`${url}?redirected=1`,
			`${url.replace('127.0.0.1', 'localhost')}?redirected=1`,
			'https://cdn.example/x.png',
		]);
		expect((await download(targets[0] ?? '')).status).toBe(200);
	});

	it.each([undefined, 4_000_000])('storage_truncated stops half-way (%s bytes)', async (size) => {
		const { sim, url } = await withPicture(size);
		sim.inject({ name: 'storage_truncated' });
		const { announced, received } = await readUntilCut(url);
		expect(announced).toBeGreaterThan(1000);
		expect(received).toBe(announced >> 1);
	});
});

/** Counts every byte until the connection breaks; fetch drops bytes that it has not handed out by then. */
const readUntilCut = (url: string) =>
	new Promise<{ announced: number; received: number }>((resolve, reject) => {
		get(url, { headers: AGENT }, (response) => {
			let received = 0;
			response.on('data', (piece: Buffer) => (received += piece.length));
			response.on('end', () => reject(new Error('the download was whole')));
			response.on('error', () =>
				resolve({ announced: Number(response.headers['content-length']), received }),
			);
		}).on('error', reject);
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
