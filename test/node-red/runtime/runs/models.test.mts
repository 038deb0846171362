// Hosted models: their runs work like a deployment's in messages, journal, cancel and result, except that RunComfy does
// not cancel a run in progress.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { jobs as listed, running, type TestFlow, useFlows } from '../../support/rig.mts';

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
});

it('a run of a model that is canceled says at once that it runs on (P57)', async () => {
	const options = { simulator: { latencyMs: 3_600_000 }, nodes: [STOP] };
	const flow = await start('runcomfy-run', { ...MODEL }, options);
	const { textToImage: modelId } = flow.simulator.modelIds;
	const release = await running(flow, 1, () => flow.receive({ payload: 'a boat', modelId }));
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
