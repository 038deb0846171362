// The thumbnails of the job sidebar, and what it registers with the runtime.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Host } from '../../../../core/index.ts';
import type { JobList } from '../../../../node-red/contract/jobs.cts';
import type * as ApiModule from '../../../../node-red/nodes/runcomfy-jobs/api.cts';
import type * as RecordModule from '../../../../node-red/runtime/runs/record.cts';
import { untilPasses } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { useFlows } from '../../support/setup.mts';

const { announceChange, changed, endChanges, newRecord, rememberEnd } = dist<typeof RecordModule>(
	'node-red/runtime/runs/record.cjs',
);
const { registerJobs, MIN_NOTICE_GAP_MS } = dist<typeof ApiModule>(
	'node-red/nodes/runcomfy-jobs/api.cjs',
);
const registerPlugin = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.cjs',
);
const startFlow = useFlows();
const start = () => startFlow('runcomfy-run', {}, { sets: [registerPlugin] });

const list = async () => (await helper.request().get('/runcomfy/jobs')).body as JobList;
const thumbnail = (job: string) => helper.request().get(`/runcomfy/jobs/${job}/thumbnail`);

describe('a thumbnail', () => {
	it('is the picture of the result, fetched without the token', async () => {
		const flow = await start();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
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
	it('that are asked for in a flood are refused beyond two at once and a hundred that wait', async () => {
		const job = 'flooded';
		const first = newRecord({ job, nodeId: 'n', topic: undefined, resumed: false }, Date.now());
		const file = { filename: 'a.png', kind: 'image', url: 'https://storage.test/a.png' };
		const ended = { ...endChanges('succeeded', undefined, Date.now()), files: [file] };
		rememberEnd(changed(first, ended as never));
		const { RED, handlers } = fakeRuntime();
		let asked = 0;
		const request = () => {
			asked += 1;
			return new Promise<never>(() => undefined);
		};
		registerJobs(RED, { request } as unknown as Host);
		const refused: number[] = [];
		const res = {
			on: () => res,
			status(code: number) {
				refused.push(code);
				return { json: () => undefined };
			},
		};
		const ask = handlers.get('/runcomfy/jobs/:job/thumbnail');
		for (let count = 0; count < 105; count += 1) ask?.({ params: { job } }, res);
		await untilPasses(() => expect(refused).toEqual([503, 503, 503]));
		expect(asked).toBe(2);
	});
});

/** As much of the runtime as is registered with, and who asked for which permission. */
function fakeRuntime() {
	const routes: string[] = [];
	const published: Array<{ at: number; topic: string; data: unknown; retain: boolean }> = [];
	const handlers = new Map<string, (req: object, res: object) => void>();
	const add = (path: string, permission: string, handler: (req: object, res: object) => void) => {
		routes.push(`${path} ${permission}`);
		handlers.set(path, handler);
	};
	const RED = {
		httpAdmin: { get: add, post: add },
		auth: { needsPermission: (permission: string) => permission },
		comms: {
			publish: (topic: string, data: unknown, retain: boolean) =>
				published.push({ at: Date.now(), topic, data, retain }),
		},
	};
	return { RED: RED as unknown as NodeAPI, routes, handlers, published };
}

describe('the registration', () => {
	it('asks for a permission to read or to cancel at every route', () => {
		const { RED, routes } = fakeRuntime();
		registerJobs(RED);
		expect(routes).toEqual([
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
			const { RED, published } = fakeRuntime();
			registerJobs(RED);
			const from = Date.now();
			for (let change = 0; change < 100; change += 1) {
				announceChange();
				jest.advanceTimersByTime(50);
			}
			jest.advanceTimersByTime(60_000);
			const gaps = published.slice(1).map(({ at }, n) => at - Number(published[n]?.at));
			expect(published).toHaveLength(11);
			expect(published[0]).toEqual({
				...{ at: from, topic: 'runcomfy/jobs', data: { revision: 1 }, retain: false },
			});
			expect(Math.min(...gaps)).toBeGreaterThanOrEqual(MIN_NOTICE_GAP_MS);
			expect(published.at(-1)?.data).toEqual({ revision: 100 });
			expect(jest.getTimerCount()).toBe(0);
		} finally {
			jest.useRealTimers();
		}
	});
});
