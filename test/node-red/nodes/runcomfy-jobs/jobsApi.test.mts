// The job sidebar's calls to the runtime, over HTTP, with real runs on the simulator, also across deploys and restarts;
// and the sidebar's registrations with the runtime.
import { describe, expect, it, jest } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { JobList } from '../../../../node-red/contract/jobs.ts';
import type * as ViewModule from '../../../../node-red/runtime/runs/view.ts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import {
	countWorks,
	endedJobs,
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
async function ended(msg: object = {}) {
	const flow = await start('runcomfy-run');
	flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, ...msg });
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
		expect(view).toMatchObject({ ...known, cancelable: true });
		expect(view).not.toHaveProperty('cancel');
		release();
		await flow.ended();
		expect((await jobs())[0]).toEqual({
			...known,
			state: 'ended',
			outcome: 'succeeded',
			kind: 'image',
			cancelable: false,
			arrivedAt: expect.any(Number),
			submittedAt: expect.any(Number),
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

	it('has the URL of a result for a user who may cancel', async () => {
		const { view, flow, job } = await ended();
		expect(view).not.toHaveProperty('url');
		const { headers, body } = await helper.request().get('/runcomfy/jobs/with-urls');
		expect(headers).toMatchObject({ 'cache-control': 'no-store' });
		const url = expect.stringContaining(`${flow.simulator.url}/storage/`);
		expect((body as JobList).jobs).toMatchObject([{ job, kind: 'image', url }]);
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
		// Ends all of them, or they would stand in the next test's list.
		await flow.stop();
		await eventually(() => countWorks('n')).toBe(0);
	});
});

describe('a cancel', () => {
	it('reaches RunComfy, and is told of until the job has ended (P52)', async () => {
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

	it('is not accepted as a text, which a page of another site could send', async () => {
		await start('runcomfy-run');
		const answer = helper.request().post('/runcomfy/jobs/any/cancel').type('text').send('{}');
		expect((await answer).status).toBe(400);
	});

	it('says so where there is nothing to cancel', async () => {
		const { flow, job } = await ended();
		for (const { status, body } of [await cancel(job), await cancel('nobody')]) {
			expect(status).toBe(409);
			expect(body).toMatchObject({ code: expect.any(String), hint: expect.any(String) });
		}
		expect(flow.bodies('cancel')).toEqual([]);
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

const { aboutOf } = dist<typeof ViewModule>('node-red/runtime/runs/view.js');

describe('what a run is about', () => {
	it.each([
		[
			{ 31: { inputs: { steps: 20 } }, 6: { inputs: { text: 'a cat\n  on a mat' } } },
			'a cat on a mat',
		],
		[{ 6: { inputs: { positive_prompt: 'a cat' } } }, 'a cat'],
		[{ 6: { inputs: { clip_l: 'a cat', t5xxl: 'a cat' } } }, 'a cat'],
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

const registerPlugin = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-jobs/runcomfy-jobs.js',
);

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
			'/runcomfy/jobs/with-urls runcomfy-jobs.write',
			'/runcomfy/jobs/:job/cancel runcomfy-jobs.write',
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
