// The thumbnails of the job sidebar, and what it registers with the runtime.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Host, HttpRequest, HttpResponse } from '../../../../core/index.ts';
import type * as PicturesModule from '../../../../node-red/nodes/runcomfy-jobs/pictures.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { list, runsChanged, useFlows } from '../../support/rig.mts';

const { fetchPicture, isPicture } = dist<typeof PicturesModule>(
	'node-red/nodes/runcomfy-jobs/pictures.cjs',
);

const registerPlugin = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.cjs',
);
const startFlow = useFlows();
const start = () => startFlow('runcomfy-run');

const thumbnail = (job: string) => helper.request().get(`/runcomfy/jobs/${job}/thumbnail`);

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const signal = new AbortController().signal;

describe('a thumbnail', () => {
	it('is the picture of the result, fetched without the token', async () => {
		const flow = await start();
		flow.ask();
		await flow.ended();
		const [view] = (await list()).jobs;
		const { status, headers, body } = await thumbnail(String(view?.job));
		expect(status).toBe(200);
		expect(headers).toMatchObject({
			'content-type': 'image/png',
			'x-content-type-options': 'nosniff',
			'content-security-policy': "default-src 'none'; sandbox",
			'cache-control': expect.stringMatching(/^private, max-age=\d+$/),
		});
		expect((body as Buffer).subarray(1, 4).toString()).toBe('PNG');
		const fetched = flow.simulator.requests.filter(({ route }) => route === 'storage');
		expect(fetched.map(({ authorized }) => authorized)).toEqual([false]);
	});

	it('is not fetched from a private address, unless the account is of a private network, too', async () => {
		const publicUrl = 'https://api.example.com';
		let own = '';
		const hostOf = (host: Host): Host => ({
			...host,
			request: (request) => host.request({ ...request, url: request.url.replace(publicUrl, own) }),
		});
		const flow = await startFlow(
			'runcomfy-run',
			{},
			{
				config: { baseUrl: publicUrl },
				hostOf,
				before: async ({ url }) => void (own = url),
			},
		);
		flow.ask();
		await flow.ended();
		const [view] = (await list()).jobs;
		expect(view).toMatchObject({ outcome: 'succeeded', thumbnail: true });
		const { status, body } = await thumbnail(String(view?.job));
		expect({ status, body: body as object }).toMatchObject({
			status: 502,
			body: { message: expect.stringContaining('is on a private network') },
		});
		expect(flow.simulator.count('storage')).toBe(0);
	});

	it('is not there for jobs without a picture, nor for any other address', async () => {
		const flow = await start();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.video });
		await flow.ended();
		const [view] = (await list()).jobs;
		expect(view).toMatchObject({ kind: 'video', thumbnail: false });
		const before = flow.simulator.requests.length;
		const address = encodeURIComponent(`${flow.simulator.url}/files/x.png`);
		for (const job of [String(view?.job), 'nobody', address]) {
			expect((await thumbnail(job)).status).toBe(404);
		}
		expect(flow.simulator.requests).toHaveLength(before);
	});
});

describe('thumbnails', () => {
	it('are fetched two at a time', async () => {
		const flow = await start();
		flow.ask();
		await flow.ended();
		const [view] = (await list()).jobs;
		const fetches = () => flow.simulator.requests.filter(({ route }) => route === 'storage').length;
		const before = fetches();
		flow.simulator.inject({ name: 'stall', on: 'storage', times: 1000, ms: 3_600_000 });
		for (let count = 0; count < 5; count += 1) {
			thumbnail(String(view?.job)).then(
				() => undefined,
				() => undefined,
			);
		}
		await eventually(() => fetches() - before).toBe(2);
	});
});

/** A storage host that sends chunks, and knows whether they were read to the end. */
function storage(chunks: Buffer[], answer: Partial<HttpResponse> = {}) {
	const seen = { requests: [] as HttpRequest[], read: 0, left: false };
	async function* stream() {
		try {
			for (const chunk of chunks) {
				seen.read += 1;
				yield chunk;
			}
		} finally {
			seen.left = true;
		}
	}
	const host = {
		request: async (request: HttpRequest) => {
			seen.requests.push(request);
			return { status: 200, headers: {}, stream: stream(), ...answer };
		},
	} as unknown as Host;
	return { host, seen };
}

const PICTURE = { url: 'https://storage.test/x', publicOnly: true };

const fetchFrom = ({ host }: ReturnType<typeof storage>, maxBytes = 100) =>
	fetchPicture(host, PICTURE, { signal, maxBytes });

describe('fetchPicture', () => {
	it('passes on a picture, and asks for it without the token', async () => {
		const from = storage([PNG, Buffer.from('rest')]);
		expect(await fetchFrom(from)).toEqual({
			ok: true,
			mimeType: 'image/png',
			bytes: Buffer.concat([PNG, Buffer.from('rest')]),
		});
		expect(from.seen.requests).toMatchObject([
			{ method: 'GET', authenticate: false, publicOnly: true },
		]);
	});

	it.each([
		['a page', '<!doctype html><script>alert(1)</script>'],
		['a drawing with a script', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
		['a film', '\0\0\0\x18ftypmp42'],
		['nothing', ''],
	])('does not pass on %s, whatever the storage host calls it', async (_what, text) => {
		const headers = { 'content-type': 'image/png' };
		const answer = await fetchFrom(storage([Buffer.from(text, 'latin1')], { headers }));
		expect(answer).toMatchObject({ ok: false, status: 415 });
	});

	it('stops at the limit, whether the size was told or not', async () => {
		const chunks = Array.from({ length: 50 }, () => PNG);
		const untold = storage(chunks);
		expect(await fetchFrom(untold)).toMatchObject({ ok: false, status: 413 });
		expect(untold.seen).toMatchObject({ read: 13, left: true });
		const told = storage(chunks, { headers: { 'content-length': '400' } });
		expect(await fetchFrom(told)).toMatchObject({ ok: false, status: 413 });
		expect(told.seen).toMatchObject({ read: 1, left: true });
	});

	it('passes on no refusal of the storage host', async () => {
		const gone = storage([PNG], { status: 403 });
		expect(await fetchFrom(gone)).toMatchObject({ ok: false, status: 502 });
		expect(gone.seen.left).toBe(true);
		const request = () => Promise.reject(new Error('connect ECONNREFUSED'));
		const down = await fetchPicture({ request } as unknown as Host, PICTURE, { signal });
		expect(down).toMatchObject({ ok: false, status: 502 });
	});
});

describe('isPicture', () => {
	it.each(['image/png', 'image/jpeg', 'image/webp', 'image/avif'])('takes %s', (type) => {
		expect(isPicture(type)).toBe(true);
	});

	it.each(['image/svg+xml', 'text/html', 'image/tiff', undefined])('does not take %s', (type) => {
		expect(isPicture(type)).toBe(false);
	});
});

describe('the registration', () => {
	/**
	 * As much of the runtime as the sidebar registers with; it notes who asked for which permission, and what was
	 * published.
	 */
	function register() {
		const routes: string[] = [];
		const published: Array<{ at: number; topic: string; data: unknown; retain: boolean }> = [];
		const add = (path: string, permission: string) => routes.push(`${path} ${permission}`);
		registerPlugin({
			httpAdmin: { get: add, post: add },
			auth: { needsPermission: (permission: string) => permission },
			comms: {
				publish: (topic: string, data: unknown, retain: boolean) =>
					published.push({ at: Date.now(), topic, data, retain }),
			},
		} as unknown as NodeAPI);
		return { routes, published };
	}

	it('asks for a permission to read or to cancel at every route', () => {
		expect(register().routes).toEqual([
			'/runcomfy/jobs runcomfy-jobs.read',
			'/runcomfy/jobs/:job/cancel runcomfy-jobs.write',
			'/runcomfy/jobs/:job/again runcomfy-jobs.write',
			'/runcomfy/jobs/:job/files runcomfy-jobs.write',
			'/runcomfy/jobs/:job/thumbnail runcomfy-jobs.read',
		]);
	});

	it('tells editors of changes at most twice a second, of the last one always, and of nothing else', () => {
		jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
		try {
			const { published } = register();
			const from = Date.now();
			for (let change = 0; change < 100; change += 1) {
				runsChanged().call();
				jest.advanceTimersByTime(50);
			}
			jest.advanceTimersByTime(60_000);
			const gaps = published.slice(1).map(({ at }, n) => at - Number(published[n]?.at));
			expect(published).toHaveLength(11);
			expect(published[0]).toEqual({
				at: from,
				topic: 'runcomfy/jobs',
				data: { revision: 1 },
				retain: false,
			});
			expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
			expect(published.at(-1)?.data).toEqual({ revision: 100 });
			expect(jest.getTimerCount()).toBe(0);
		} finally {
			jest.useRealTimers();
		}
	});
});
