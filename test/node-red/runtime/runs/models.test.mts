// Hosted models: their runs work like a deployment's in messages, journal, cancel and result, except that RunComfy does
// not cancel a run in progress.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import {
	jobs as listed,
	running as runsOf,
	type TestFlow,
	turns,
	useFlows,
} from '../../support/rig.mts';

const start = useFlows();

const row = (input: string, type: string, value = '', more: object = {}) => ({
	nodeId: '',
	input,
	type,
	value,
	label: input,
	...more,
});
const PROMPT = row('prompt', 'msg', 'payload');
const MODEL = { target: 'model', rows: [PROMPT], checkInputs: true };

const STOP = {
	id: 'stop',
	type: 'runcomfy-cancel',
	config: 'cfg',
	target: 'all',
	wires: [['progress']],
};

const bodies = (flow: TestFlow) => flow.bodies('models.submit');
const jobs = ({ simulator }: TestFlow) => [...simulator.jobs.values()];
const calls = ({ simulator }: TestFlow) => simulator.requests.map(({ route }) => route);

describe('a run of a hosted model', () => {
	it('returns its picture, its cost, and the ids for fetching it again', async () => {
		const flow = await start('runcomfy-run', { ...MODEL });
		const { textToImage: modelId } = flow.simulator.modelIds;
		flow.receive({ topic: 't', payload: 'a paper boat', modelId });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(bodies(flow)).toEqual([{ prompt: 'a paper boat' }]);
		const [msg] = flow.sent;
		expect(msg).toMatchObject({
			topic: 't',
			modelId,
			status: 'succeeded',
			requestId: jobs(flow)[0]?.requestId,
			payload: [{ kind: 'image', mime_type: 'image/png', url: expect.stringMatching(/^http/) }],
			runcomfy: { cost: 0.012, timings: expect.anything(), warnings: [] },
		});
		expect(msg).not.toHaveProperty('deploymentId');
		expect((await listed())[0]).toMatchObject({
			targetId: modelId,
			targetName: 'FLUX.2 flash',
			cost: 0.012,
			about: 'a paper boat',
			outcome: 'succeeded',
		});
	});

	it('is refused with rows of a workflow, rather than paid for without them', async () => {
		const ofNode = { ...row('text', 'str', 'a cat'), nodeId: '6' };
		const flow = await start('runcomfy-run', { ...MODEL, rows: [PROMPT, ofNode] });
		flow.receive({ modelId: flow.simulator.modelIds.textToImage, payload: 'x' });
		await flow.ended();
		expect(flow.caught[0]?.error.message).toMatch(/hosted model: it has no nodes.*by name/);
		expect(bodies(flow)).toEqual([]);
	});
});

describe('a request of a model, by its message', () => {
	/** Sends a message through a submit node for models and the given nodes, until it has passed the last one. */
	async function through(nodes: Array<[type: string, fields?: object]>, queueMs = 0) {
		const chain = nodes.map(([type, fields], at) => {
			const next = at + 1 < nodes.length ? `${at + 1}` : 'sent';
			return { id: `${at}`, type, config: 'cfg', wires: [[next]], ...fields };
		});
		const options = { nodes: chain, simulator: { queueMs } };
		const flow = await start('runcomfy-submit', { ...MODEL, wires: [['0']] }, options);
		const { modelIds, deploymentIds } = flow.simulator;
		const ids = { modelId: modelIds.textToImage, deployment: deploymentIds.textToImage };
		flow.ask({ payload: 'a boat', ...ids });
		await eventually(() => flow.sent.length).toBe(1);
		return flow;
	}

	it('is submitted, looked at, fetched', async () => {
		const flow = await through([['runcomfy-status'], ['runcomfy-result', { wait: true }]]);
		expect(flow.sent[0]).toMatchObject({
			modelId: flow.simulator.modelIds.textToImage,
			status: 'succeeded',
			payload: [{ kind: 'image' }],
			runcomfy: { cost: 0.012 },
		});
		expect(new Set(calls(flow))).toEqual(
			new Set(['models.get', 'models.submit', 'models.status', 'models.result']),
		);
	});

	it('is looked for in msg.modelId, too, as the error says where the message has neither', async () => {
		const flow = await start('runcomfy-status');
		flow.receive({ requestId: 'r1' });
		await flow.ended();
		const hint: unknown = flow.caught[0]?.error.cause['hint'];
		expect(hint).toMatch(/msg\.deploymentId, or msg\.modelId/);
	});

	it('is no more of a model once the message has been at a deployment', async () => {
		const own = {
			deploymentId: 'deployment',
			deploymentIdType: 'msg',
			inputMode: 'rows',
			rows: [],
		};
		const flow = await through([['runcomfy-submit', own], ['runcomfy-status']]);
		expect(calls(flow).slice(-2)).toEqual(['submit', 'status']);
		expect(flow.sent[0]).not.toHaveProperty('modelId');
	});

	it('is canceled while it is queued', async () => {
		const flow = await through([['runcomfy-cancel']], 3_600_000);
		expect(flow.sent[0]).toMatchObject({
			status: 'cancellation_requested',
			payload: { request_id: jobs(flow)[0]?.requestId },
		});
		expect(jobs(flow)[0]?.state).toBe('canceled');
	});

	it('says so if it is asked for as one of a deployment', async () => {
		const flow = await start('runcomfy-status', {
			deploymentIdType: 'str',
			deploymentId: 'd1',
		});
		flow.receive({ requestId: 'r1', modelId: 'a/b' });
		await flow.ended();
		expect(flow.caught[0]?.error.code).toBe('not_found');
		expect(flow.caught[0]?.error.message).toMatch(
			/knows it only as a request of its own deployment/,
		);
	});

	it('is known by its id', async () => {
		const flow = await start('runcomfy-status');
		flow.receive({ requestId: 'r1', modelId: 'a/b' });
		await flow.ended();
		expect(calls(flow)).toEqual(['models.status']);
		expect(flow.caught[0]).toMatchObject({ requestId: 'r1', modelId: 'a/b' });
	});
});

it('a submit of a model that breaks off as its node is deleted says where to look for the request', async () => {
	const flow = await start('runcomfy-submit', { ...MODEL }, {});
	const { textToImage: modelId } = flow.simulator.modelIds;
	flow.simulator.inject({ name: 'stall', on: 'models.submit', accepted: true });
	flow.receive({ payload: 'a boat', modelId });
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	const deleting = flow.redeploy('full', { d: true });
	await turns(20);
	await flow.simulator.close();
	await deleting;
	const said = expect.stringContaining('Check your requests on RunComfy');
	await eventually(() => flow.warned).toEqual([said]);
});

describe('a run of a model that is canceled', () => {
	async function running(queueMs: number, fields: object = {}) {
		const flow = await start(
			'runcomfy-run',
			{ ...MODEL, ...fields },
			{ simulator: { queueMs, latencyMs: 3_600_000 }, nodes: [STOP] },
		);
		const { textToImage: modelId } = flow.simulator.modelIds;
		const send = () => flow.receive({ payload: 'a boat', modelId });
		return { flow, release: await runsOf(flow, 1, send) };
	}

	it('gives its result if it runs already: RunComfy does not cancel it then', async () => {
		const { flow, release } = await running(0);
		flow.time.pass(60_000);
		flow.cancel();
		release();
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent[0]).toMatchObject({ status: 'succeeded', payload: [{ kind: 'image' }] });
		expect(calls(flow)).toContain('models.cancel');
		expect(jobs(flow)).toHaveLength(1);
	});

	it('says at once that it runs on (P57)', async () => {
		const { flow, release } = await running(0);
		flow.receive({}, 'stop');
		await eventually(() => flow.progress.length).toBe(1);
		const requestId = jobs(flow)[0]?.requestId;
		expect(flow.progress[0]).toMatchObject({
			status: 'not_cancellable',
			payload: [{ request_id: requestId, cancel: 'not_cancellable', outcome: 'runs_on' }],
		});
		const text = expect.stringMatching(/runsOn$/);
		await eventually(() => flow.shown.at(-1)).toMatchObject({ state: 'in_progress', text });
		expect((await listed())[0]).toMatchObject({
			state: 'in_progress',
			cancel: 'refused',
			cancelable: false,
		});
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ requestId, status: 'succeeded' }]);
		expect(calls(flow).filter((route) => route === 'models.cancel')).toHaveLength(1);
	});

	it('that cannot be canceled keeps to its own timeout', async () => {
		const { flow, release } = await running(0, { timeout: '60', timeoutType: 'num' });
		flow.time.pass(40_000);
		flow.cancel();
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'timed_out' } }]);
		const { createdAt = 0 } = jobs(flow)[0] ?? {};
		expect(flow.time.now() - createdAt).toBe(60_000);
	});
});
