// The job sidebar's calls to the runtime, over HTTP, with real runs on the simulator, also across deploys and restarts:
// jobs, their files and thumbnails; and the sidebar's registrations with the runtime.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Host, HttpResponse } from '../../../../core/index.ts';
import type * as PicturesModule from '../../../../node-red/nodes/runcomfy-jobs/pictures.ts';
import type * as RecordModule from '../../../../node-red/runtime/runs/record.ts';
import type { Simulator } from '../../../../simulator/index.ts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import {
	endedJobs,
	type FlowOptions,
	jobs,
	list,
	runsChanged,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();

/** Reads the deployment's workflow, and thereby its name. */
const CHECKED = { checkInputs: true };

const files = (job: string) => helper.request().get(`/runcomfy/jobs/${job}/files`);
const cancel = (job: string) => helper.request().post(`/runcomfy/jobs/${job}/cancel`).send({});

/** An accepted run, on a clock that stands still until it is released. */
async function running(flow: TestFlow, msg: object = {}) {
	const release = flow.time.hold();
	flow.ask({ ...msg });
	await eventually(async () => (await jobs())[0]?.requestId).toBeDefined();
	await eventually(() => flow.time.sleeping()).toBe(1);
	const [view] = await jobs();
	return { release, job: String(view?.job), view };
}

/** A run that has ended. */
async function ended(
	{
		deployment = 'textToImage',
		...msg
	}: { [name: string]: unknown; deployment?: keyof Simulator['deploymentIds'] } = {},
	options: FlowOptions = {},
) {
	const flow = await start('runcomfy-run', {}, options);
	flow.receive({ deploymentId: flow.simulator.deploymentIds[deployment], ...msg });
	await flow.ended();
	const [view] = await jobs();
	return { flow, view, job: String(view?.job) };
}

describe('the list of jobs', () => {
	it('tells of a job while it goes on and after it has ended', async () => {
		const flow = await start('runcomfy-run', CHECKED, { simulator: { latencyMs: 60_000 } });
		const { release, job, view } = await running(flow);
		const [request] = flow.simulator.jobs.values();
		const { requestId, deploymentId: targetId } = request ?? {};
		const targetName = 'text-to-image';
		const known = { job, nodeId: 'n', requestId, targetId, targetName };
		expect(view).toMatchObject({ ...known, cancelable: true, thumbnail: false });
		expect(view).not.toHaveProperty('cancel');
		release();
		await flow.ended();
		expect((await jobs())[0]).toEqual({
			...known,
			state: 'ended',
			outcome: 'succeeded',
			kind: 'image',
			thumbnail: true,
			cancelable: false,
			arrivedAt: expect.any(Number),
			files: true,
			startedAt: expect.any(Number),
			endedAt: expect.any(Number),
		});
	});

	it('has the beginning of a text that was made', async () => {
		const flow = await start('runcomfy-run', { output: 'texts' });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.text });
		await flow.ended();
		const [text] = flow.sent[0]?.payload as string[];
		expect(text).toMatch(/\w/);
		expect((await jobs())[0]?.text).toBe(text);
	});

	it('says why a job failed', async () => {
		const { view } = await ended({ deploymentId: 'a b' });
		expect(view).toMatchObject({
			outcome: 'invalid_input',
			reason: expect.stringMatching(/"a b" cannot be a deployment id\. .*The value comes from msg/),
		});
	});

	it('contains neither a token, nor the payload, nor a URL of a result', async () => {
		const flow = await start('runcomfy-run');
		const overrides = { 6: { inputs: { text: `a cat with ${flow.simulator.token}` } } };
		const { release } = await running(flow, { payload: 'private', overrides });
		const during = await helper.request().get('/runcomfy/jobs');
		release();
		await flow.ended();
		const text = JSON.stringify([during, await list()]);
		for (const secret of ['private', flow.simulator.token, flow.simulator.url]) {
			expect(text).not.toContain(secret);
		}
		expect(during).toMatchObject({ headers: { 'cache-control': 'no-store' } });
	});

	it('says why runs would not outlive a restart, and nothing while they would', async () => {
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		expect(await list()).not.toHaveProperty('unprotected');
		await flow.stop();
		writeFileSync(join(kept.userDir, 'file'), '');
		await start('runcomfy-run', {}, { userDir: join(kept.userDir, 'file') });
		expect(await list()).toMatchObject({ unprotected: expect.stringContaining('ENOTDIR') });
	});

	it('has what goes on in order of arrival, whichever node it came to', async () => {
		const other = { id: 'other', type: 'runcomfy-run', config: 'cfg', wires: [] };
		const flow = await start('runcomfy-run', {}, { nodes: [other] });
		const release = flow.time.hold();
		for (const id of ['n', 'other', 'n']) flow.ask({}, id);
		await eventually(async () => (await jobs()).map(({ nodeId }) => nodeId)).toEqual([
			...['n', 'other', 'n'],
		]);
		release();
		await flow.ended(2);
	});

	it('has at most 150 that go on, and counts the others', async () => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency: 1 } });
		const { release } = await running(flow);
		for (let n = 0; n < 155; n += 1) flow.receive({ deploymentId: 'unknown' });
		await eventually(async () => (await list()).more).toBe(6);
		const { jobs: shown } = await list();
		expect(shown.filter(({ endedAt }) => endedAt === undefined)).toHaveLength(150);
		expect(shown[1]).toMatchObject({ cancelable: true });
		await eventually(async () => (await jobs())[1]?.state).toBe('waiting');
		release();
	});
});

describe('a cancel', () => {
	it('reaches RunComfy, and is told of until the job has ended', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 60_000 } });
		const { release, job } = await running(flow);
		const { status } = await cancel(job);
		expect(status).toBe(202);
		expect((await jobs())[0]).toMatchObject({
			cancel: expect.stringMatching(/asked|accepted/),
			cancelable: false,
		});
		release();
		await flow.ended();
		expect(flow.states()).toEqual(['canceled']);
		expect(flow.caught[0]?.error.code).toBe('run_canceled');
		expect((await jobs())[0]).toMatchObject({ outcome: 'run_canceled' });
		expect((await jobs())[0]).not.toHaveProperty('cancel');
	});

	it('says so where there is nothing to cancel', async () => {
		const { flow, job } = await ended();
		const [over, unknown] = [await cancel(job), await cancel('nobody')];
		expect([over.status, unknown.status]).toEqual([409, 404]);
		for (const { body } of [over, unknown]) {
			expect(body).toMatchObject({ code: expect.any(String), hint: expect.any(String) });
		}
		expect(flow.bodies('cancel')).toEqual([]);
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

describe('a run that goes on', () => {
	it('is known after a restart: since when it goes, of what it was asked, and which request', async () => {
		const fields = { ...CHECKED };
		const { userDir } = kept;
		const flow = await start('runcomfy-run', fields, {
			userDir,
			simulator: { latencyMs: 600_000 },
		});
		const overrides = { '6': { inputs: { text: 'a red  fox' } } };
		const { release, view } = await running(flow, { topic: 'animals', overrides });
		expect(view?.about).toBe('a red fox');
		await flow.reborn({ ...fields, config: '' });
		await flow.ended();
		const { job, arrivedAt, about, topic, targetId, targetName, requestId } = view ?? {};
		expect(targetName).toBe('text-to-image');
		await turns(5);
		expect((await jobs()).filter((one) => one.job === job)).toMatchObject([
			{
				arrivedAt,
				about,
				topic,
				targetId,
				targetName,
				requestId,
				resumed: true,
				state: 'ended',
			},
		]);
		release();
	});
});

describe('a run that has ended', () => {
	it('is one of the last 50, the latest first', async () => {
		const { flow } = await ended({ topic: 'first' });
		for (let n = 0; n < 50; n += 1) flow.ask({ topic: `${n}` });
		await flow.ended(51);
		const topics = (await endedJobs()).map(({ topic }) => topic);
		expect([topics.length, topics.includes('first')]).toEqual([50, false]);
		flow.receive({ topic: 'last', deploymentId: 'a b' });
		await flow.ended(52);
		expect((await endedJobs())[0]).toMatchObject({ topic: 'last' });
	});
});

const { aboutOf } = dist<typeof RecordModule>('node-red/runtime/runs/record.js');

describe('what a run is about', () => {
	it.each([
		[
			{ 31: { inputs: { steps: 20 } }, 6: { inputs: { text: 'a cat\n  on a mat' } } },
			'a cat on a mat',
		],
		[{ 6: { inputs: { positive_prompt: 'a cat' } } }, 'a cat'],
		[{ 31: { inputs: { steps: 20, cfg: 7 } } }, 'steps: 20'],
		[{ 6: { inputs: { text: 'metadata: none' } } }, 'metadata: none'],
		[{ 189: { inputs: { image: 'data:image/png;base64,iVBOR' } } }, undefined],
		[
			{ 189: { inputs: { image: 'https://example.com/a.png' } } },
			'image: https://example.com/a.png',
		],
		[{ 6: { inputs: { text: ' ' } } }, undefined],
		[undefined, undefined],
	])('%j: %s', (overrides, about) => {
		expect(aboutOf({ overrides })).toBe(about);
	});

	it('is a seed as well, digit for digit', () => {
		const seed = 18446744073709551615n;
		expect(aboutOf({ overrides: { 31: { inputs: { seed } } } })).toBe(`seed: ${seed}`);
	});

	it('is short, also of a long prompt', () => {
		const about = aboutOf({ inputs: { prompt: 'word '.repeat(1e6) } });
		expect(about).toHaveLength(120);
		expect(about).toMatch(/…$/);
	});
});

const { fetchPicture } = dist<typeof PicturesModule>('node-red/nodes/runcomfy-jobs/pictures.js');
const registerPlugin = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.js',
);

const thumbnail = (job: string) => helper.request().get(`/runcomfy/jobs/${job}/thumbnail`);
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const signal = new AbortController().signal;
const nothing = () => undefined;

describe('a thumbnail', () => {
	it('is the picture of the result, fetched without the token', async () => {
		const { flow, job } = await ended();
		const { status, headers, body } = await thumbnail(job);
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
		const { view, flow, job } = await ended(
			{},
			{
				config: { baseUrl: publicUrl },
				hostOf,
				before: async ({ url }) => void (own = url),
			},
		);
		expect(view).toMatchObject({ outcome: 'succeeded', thumbnail: true });
		const { status, body } = await thumbnail(job);
		expect({ status, body: body as object }).toMatchObject({
			status: 502,
			body: { message: expect.stringContaining('is on a private network') },
		});
		expect(flow.simulator.count('storage')).toBe(0);
	});

	it('is not there for jobs without a picture, nor for any other address', async () => {
		const { flow, view, job } = await ended({ deployment: 'video' });
		expect(view).toMatchObject({ kind: 'video', thumbnail: false });
		const before = flow.simulator.requests.length;
		const address = encodeURIComponent(`${flow.simulator.url}/files/x.png`);
		for (const one of [job, 'nobody', address]) {
			expect((await thumbnail(one)).status).toBe(404);
		}
		expect(flow.simulator.requests).toHaveLength(before);
	});
});

describe('thumbnails', () => {
	it('are fetched two at a time', async () => {
		const { flow, job } = await ended();
		const fetches = () => flow.bodies('storage').length;
		const before = fetches();
		flow.simulator.inject({ name: 'stall', on: 'storage', times: 1000, ms: 3_600_000 });
		for (let count = 0; count < 5; count += 1) {
			thumbnail(job).then(nothing, nothing);
		}
		await eventually(() => fetches() - before).toBe(2);
	});
});

/** A storage server that sends chunks, and records whether they were read to the end. */
function storage(chunks: Buffer[], answer: Partial<HttpResponse> = {}) {
	const seen = { read: 0, left: false };
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
		request: async () => ({ status: 200, headers: {}, stream: stream(), ...answer }),
	} as unknown as Host;
	return { host, seen };
}

const PICTURE = { url: 'https://storage.test/x', publicOnly: true };

const fetchFrom = ({ host }: ReturnType<typeof storage>, maxBytes = 100) =>
	fetchPicture(host, PICTURE, { signal, maxBytes });

describe('fetchPicture', () => {
	it.each([
		['a page', '<!doctype html><script>alert(1)</script>'],
		['a drawing with a script', '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'],
		['nothing', ''],
	])('does not pass on %s, whatever the storage server calls it', async (_what, text) => {
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

	it('passes on no refusal of the storage server', async () => {
		const gone = storage([PNG], { status: 403 });
		expect(await fetchFrom(gone)).toMatchObject({ ok: false, status: 502 });
		expect(gone.seen.left).toBe(true);
		const request = () => Promise.reject(new Error('connect ECONNREFUSED'));
		const down = await fetchPicture({ request } as unknown as Host, PICTURE, { signal });
		expect(down).toMatchObject({ ok: false, status: 502 });
	});
});

describe('the registration', () => {
	/** The parts of the runtime that the sidebar registers with; records required permissions and published notices. */
	function register() {
		const routes: string[] = [];
		const published: Array<{ topic: string; data: unknown; retain: boolean }> = [];
		const add = (path: string, permission: string) => routes.push(`${path} ${permission}`);
		registerPlugin({
			httpAdmin: { get: add, post: add },
			auth: { needsPermission: (permission: string) => permission },
			comms: {
				publish: (topic: string, data: unknown, retain: boolean) =>
					published.push({ topic, data, retain }),
			},
		} as unknown as NodeAPI);
		return { routes, published };
	}

	it('asks for a permission to read or to cancel at every route', () => {
		expect(register().routes).toEqual([
			'/runcomfy/jobs runcomfy-jobs.read',
			'/runcomfy/jobs/:job/cancel runcomfy-jobs.write',
			'/runcomfy/jobs/:job/files runcomfy-jobs.write',
			'/runcomfy/jobs/:job/thumbnail runcomfy-jobs.read',
		]);
	});

	it('tells editors of changes at most twice a second, of the last one always, and of nothing else', () => {
		jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
		try {
			const { published } = register();
			for (let change = 0; change < 100; change += 1) {
				runsChanged().call();
				jest.advanceTimersByTime(50);
			}
			jest.advanceTimersByTime(60_000);
			// Out of 100 changes in five seconds.
			expect(published).toHaveLength(11);
			expect(published[0]).toEqual({
				topic: 'runcomfy/jobs',
				data: { revision: 1 },
				retain: false,
			});
			expect(published.at(-1)?.data).toEqual({ revision: 100 });
			expect(jest.getTimerCount()).toBe(0);
		} finally {
			jest.useRealTimers();
		}
	});
});
