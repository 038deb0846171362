// What the job sidebar asks the runtime, over HTTP, with real runs against the simulator.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Host } from '../../../../core/index.ts';
import type { JobList } from '../../../../node-red/contract/jobs.cts';
import type * as ApiModule from '../../../../node-red/nodes/runcomfy-jobs/api.cts';
import type * as ProtectionModule from '../../../../node-red/runtime/journal/protection.cts';
import type * as FactsModule from '../../../../node-red/runtime/runs/runFacts.cts';
import { eventually, untilPasses } from '../../../support/expect.mts';
import { PIXEL } from '../../../support/pictures.mts';
import { dist } from '../../support/dist.mts';
import type { TestFlow } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';

const { recordFacts, tellRunsChanged } = dist<typeof FactsModule>(
	'node-red/runtime/runs/runFacts.cjs',
);
const { noteProtection } = dist<typeof ProtectionModule>('node-red/runtime/journal/protection.cjs');
const { registerJobs, MIN_NOTICE_GAP_MS } = dist<typeof ApiModule>(
	'node-red/nodes/runcomfy-jobs/api.cjs',
);
const registerPlugin = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.cjs',
);
const startFlow = useFlows();
const start: typeof startFlow = (type, fields, options) =>
	startFlow(type, fields, { ...options, sets: [registerPlugin] });

const list = async () => (await helper.request().get('/runcomfy/jobs')).body as JobList;
const thumbnail = (job: string) => helper.request().get(`/runcomfy/jobs/${job}/thumbnail`);
const files = (job: string) => helper.request().get(`/runcomfy/jobs/${job}/files`);
const cancel = (job: string) => helper.request().post(`/runcomfy/jobs/${job}/cancel`).send({});

/** A run that was accepted, on a clock that stands still until it is released. */
async function running(flow: TestFlow, msg: object = {}) {
	const release = flow.time.hold();
	flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, ...msg });
	await eventually(() => flow.time.sleeping()).toBe(1);
	const [view] = (await list()).jobs;
	return { release, job: String(view?.job), view };
}

describe('the list of jobs', () => {
	it('tells of a job while it goes on and after it has ended', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { release, job, view } = await running(flow);
		const [request] = flow.simulator.jobs.values();
		const { requestId, deploymentId } = request ?? {};
		const known = { job, nodeId: 'n', requestId, deploymentId };
		expect(view).toMatchObject({ ...known, cancelable: true, canceling: false, thumbnail: false });
		release();
		await flow.ended();
		expect((await list()).jobs[0]).toEqual({
			...{ ...known, phase: 'ended', outcome: 'succeeded', kind: 'image', thumbnail: true },
			...{ cancelable: false, canceling: false, arrivedAt: expect.any(Number), files: true },
			again: true,
			...{ startedAt: expect.any(Number), endedAt: expect.any(Number) },
		});
	});

	it('tells jobs of one node apart: topic, and the prompt', async () => {
		const flow = await start('runcomfy-run');
		const overrides = { '6': { inputs: { text: 'a red  fox' } } };
		const { release, view } = await running(flow, { topic: 'animals', overrides });
		expect(view).toMatchObject({ topic: 'animals', about: 'a red fox', files: false });
		release();
	});

	it('says why a job failed', async () => {
		const flow = await start('runcomfy-run');
		flow.receive({ deploymentId: 'a b' });
		await flow.ended();
		expect((await list()).jobs[0]).toMatchObject({
			outcome: 'invalid_input',
			reason: expect.stringMatching(/"a b" cannot be a deployment id\. .*It is read from msg/),
		});
	});

	it('still has a job whose node was deleted, with its request', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { release, job } = await running(flow);
		await flow.redeploy('nodes', { d: true });
		release();
		const [request] = flow.simulator.jobs.values();
		await eventually(async () => (await list()).jobs[0]).toMatchObject({
			...{ job, phase: 'ended', outcome: 'aborted', requestId: request?.requestId },
		});
	});

	it('holds neither a token, nor the payload, nor an address of a result', async () => {
		const flow = await start('runcomfy-run');
		const { release } = await running(flow, { payload: 'private' });
		const during = await helper.request().get('/runcomfy/jobs');
		release();
		await flow.ended();
		const text = JSON.stringify([during, await list()]);
		for (const secret of ['private', flow.simulator.token, flow.simulator.url]) {
			expect(text).not.toContain(secret);
		}
		expect(during).toMatchObject({ headers: { 'cache-control': 'no-store' } });
	});

	it('says why runs would not outlive a restart, as long as they would not', async () => {
		await start('runcomfy-run');
		noteProtection('journal', 'The disk is full.');
		expect(await list()).toMatchObject({ unprotected: 'The disk is full.' });
		noteProtection('journal', undefined);
		expect(await list()).not.toHaveProperty('unprotected');
	});

	it('has at most 150 that go on, and counts the others', async () => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency: 1 } });
		const { release } = await running(flow);
		for (let n = 0; n < 155; n += 1) flow.receive({ deploymentId: 'unknown' });
		await eventually(async () => (await list()).more).toBe(6);
		const { jobs } = await list();
		expect(jobs.filter(({ endedAt }) => endedAt === undefined)).toHaveLength(150);
		expect(jobs[1]).toMatchObject({ cancelable: true });
		await eventually(async () => (await list()).jobs[1]?.phase).toBe('waiting');
		release();
	});
});

describe('a cancel', () => {
	it('reaches RunComfy, and is told of until the job has ended', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { release, job } = await running(flow);
		const { status } = await cancel(job);
		expect(status).toBe(202);
		expect((await list()).jobs[0]).toMatchObject({ canceling: true, cancelable: false });
		release();
		await flow.ended();
		expect([...flow.simulator.jobs.values()].map(({ state }) => state)).toEqual(['canceled']);
		expect(flow.caught[0]?.error.code).toBe('run_canceled');
		expect((await list()).jobs[0]).toMatchObject({ outcome: 'run_canceled', canceling: false });
	});

	it('is refused in a form, which a page of another site could send', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { release, job } = await running(flow);
		const { status, body } = await helper
			.request()
			.post(`/runcomfy/jobs/${job}/cancel`)
			.type('form')
			.send({});
		expect([status, (body as { code: string }).code]).toEqual([400, 'invalid_input']);
		expect((await list()).jobs[0]).toMatchObject({ canceling: false });
		release();
	});

	it('says so where there is nothing to cancel', async () => {
		const flow = await start('runcomfy-run');
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended();
		const [ended] = (await list()).jobs;
		const [over, unknown] = [await cancel(String(ended?.job)), await cancel('nobody')];
		expect([over.status, unknown.status]).toEqual([409, 404]);
		for (const { body } of [over, unknown]) {
			expect(body).toEqual({
				code: expect.stringMatching(/^[a-z_]+$/),
				message: expect.any(String),
				hint: expect.any(String),
			});
		}
		expect(flow.simulator.requests.filter(({ route }) => route === 'cancel')).toEqual([]);
	});
});

describe('a job that has ended', () => {
	const again = (job: string) => helper.request().post(`/runcomfy/jobs/${job}/again`);

	it('can be run again, with the very same input', async () => {
		const flow = await start('runcomfy-run');
		const overrides = { 31: { inputs: { seed: 'random' } }, 6: { inputs: { text: 'a fox' } } };
		const { release, job, view } = await running(flow, { topic: 'animals', overrides });
		expect(view).toMatchObject({ again: false });
		release();
		await flow.ended();
		expect((await again(job).send({})).status).toBe(202);
		await flow.ended(2);
		const [first, second] = [...flow.simulator.jobs.values()];
		expect(second?.requestId).not.toBe(first?.requestId);
		expect(second?.overrides).toEqual(first?.overrides);
		expect(flow.sent[1]).toMatchObject({ topic: 'animals', status: 'succeeded' });
		expect(flow.sent[1]).not.toHaveProperty('runcomfy.resumed');
		expect((await list()).jobs.slice(0, 2)).toMatchObject([{ again: true }, { job, again: true }]);
	});

	it('cannot where its input is not kept, its node is gone, or another site asks', async () => {
		const flow = await start('runcomfy-run');
		const { release, job } = await running(flow);
		release();
		await flow.ended();
		const image = `data:image/png;base64,${PIXEL}`;
		flow.receive({
			deploymentId: flow.simulator.deploymentIds.imageEdit,
			overrides: { 189: { inputs: { image } } },
		});
		await flow.ended(2);
		expect((await list()).jobs.slice(0, 2)).toMatchObject([{ again: false }, { job, again: true }]);
		expect((await again(job).type('form').send({})).status).toBe(400);
		expect((await again('nobody').send({})).status).toBe(404);
		await flow.redeploy('nodes', { d: true });
		expect((await again(job).send({})).status).toBe(404);
		expect((await list()).jobs[1]).toMatchObject({ job, again: false });
		expect(flow.simulator.count('submit')).toBe(2);
	});
});

describe('the files of a job', () => {
	it('have addresses to open and to copy, once there are some', async () => {
		const flow = await start('runcomfy-run');
		const { release, job } = await running(flow);
		expect((await files(job)).body).toEqual({ files: [] });
		release();
		await flow.ended();
		const { headers, body } = await files(job);
		expect(headers).toMatchObject({ 'cache-control': 'no-store' });
		expect(body).toEqual({
			files: [
				{
					filename: 'ComfyUI_00001_.png',
					url: expect.stringContaining(`${flow.simulator.url}/storage/`),
				},
			],
		});
		expect((await files('nobody')).body).toEqual({ files: [] });
	});
});

describe('a thumbnail', () => {
	it('is the picture of the result, fetched without the token', async () => {
		const flow = await start('runcomfy-run');
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
		const flow = await start('runcomfy-run');
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
		const facts = recordFacts({ job, nodeId: 'n', topic: undefined }, Date.now);
		const file = { filename: 'a.png', kind: 'image', url: 'https://storage.test/a.png' };
		facts.noteMessage({ runcomfy: { files: [file] } });
		facts.end('succeeded');
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
				tellRunsChanged();
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
