// Hosted models: a run that is canceled, and one over a restart.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import type { TestFlow } from '../../support/flow.mts';
import { jobs as listed, useFlowsWithJobs } from '../../support/jobs.mts';
import { useUserDir } from '../../support/userDir.mts';

const start = useFlowsWithJobs();
const dir = useUserDir();

const PROMPT = { nodeId: '', input: 'prompt', type: 'msg', value: 'payload', label: 'prompt' };
const MODEL = { target: 'model', rows: [PROMPT], checkInputs: true };

const STOP = { type: 'runcomfy-cancel', config: 'cfg', wires: [['progress']] };
const STOP_ALL = { ...STOP, id: 'stopAll', target: 'all' };
const STOP_NODE = { ...STOP, id: 'stopNode', target: 'node', runNode: 'n', runNodeType: 'run' };

const bodies = ({ simulator }: TestFlow) =>
	simulator.requests.filter(({ route }) => route === 'models.submit').map(({ body }) => body);
const jobs = ({ simulator }: TestFlow) => [...simulator.jobs.values()];
const calls = ({ simulator }: TestFlow) => simulator.requests.map(({ route }) => route);

describe('a run of a model that is canceled', () => {
	async function running(queueMs: number, fields: object = {}) {
		const flow = await start(
			'runcomfy-run',
			{ ...MODEL, ...fields },
			{ simulator: { queueMs, latencyMs: 3_600_000 }, nodes: [STOP_ALL, STOP_NODE] },
		);
		const release = flow.time.hold();
		flow.receive({ payload: 'a boat', modelId: flow.simulator.modelIds.textToImage });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await eventually(() => flow.time.sleeping()).toBe(1);
		return { flow, release };
	}

	it('ends at once while it is queued', async () => {
		const { flow, release } = await running(3_600_000);
		flow.receive({ cancel: true });
		release();
		await eventually(() => flow.caught.length).toBe(1);
		expect(flow.caught).toMatchObject([
			{ error: { code: 'run_canceled', cause: { details: { cancel: 'cancellation_requested' } } } },
		]);
		expect(jobs(flow)[0]?.state).toBe('canceled');
	});

	it('gives its result if it runs already: RunComfy does not cancel it then', async () => {
		const { flow, release } = await running(0);
		flow.time.pass(60_000);
		flow.receive({ cancel: true });
		release();
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent[0]).toMatchObject({ status: 'succeeded', payload: [{ kind: 'image' }] });
		expect(calls(flow)).toContain('models.cancel');
		expect(jobs(flow)).toHaveLength(1);
	});

	it.each(['stopAll', 'stopNode'])('says at once that it runs on: %s', async (cancelNode) => {
		const { flow, release } = await running(0);
		flow.receive({}, cancelNode);
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
		flow.receive({ cancel: true });
		release();
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ error: { code: 'timed_out' } }]);
		const { createdAt = 0 } = jobs(flow)[0] ?? {};
		expect(Number((await listed())[0]?.endedAt) - createdAt).toBe(60_000);
	});

	it('is replaced by a newer one of its topic', async () => {
		const flow = await start(
			'runcomfy-run',
			{ ...MODEL },
			{ simulator: { queueMs: 60_000 }, config: { latestWins: true } },
		);
		const release = flow.time.hold();
		const { textToImage: modelId } = flow.simulator.modelIds;
		for (const payload of ['one', 'two']) {
			flow.receive({ topic: 'same', payload, modelId });
			await eventually(() => JSON.stringify(bodies(flow))).toContain(payload);
		}
		release();
		await eventually(() => flow.sent.length + flow.caught.length).toBe(2);
		expect(jobs(flow).map(({ state }) => state)).toEqual(['canceled', 'succeeded']);
		expect(flow.caught[0]?.error.cause['details']).toMatchObject({ superseded: true });
	});
});

describe('a run of a model over a restart', () => {
	const open = () =>
		start(
			'runcomfy-run',
			{ ...MODEL, onShutdown: 'leave' },
			{ userDir: dir.userDir, simulator: { latencyMs: 300_000 } },
		);

	it('is waited for again, and not paid for again', async () => {
		const flow = await open();
		const { textToImage: modelId } = flow.simulator.modelIds;
		const release = flow.time.hold();
		flow.receive({ topic: 'kept', payload: 'a boat', modelId });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		await eventually(() => dir.onDisk()[0]?.requestId).toBeDefined();
		expect(dir.onDisk()).toMatchObject([{ deploymentId: '', service: 'model', modelId }]);
		await flow.restart({}, release);
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent[0]).toMatchObject({
			topic: 'kept',
			modelId,
			payload: [{ kind: 'image' }],
			runcomfy: { service: 'model', resumed: true, cost: 0.012 },
		});
		expect((await listed())[0]).toMatchObject({ modelName: 'FLUX.2 flash', about: 'a boat' });
		expect(jobs(flow)).toHaveLength(1);
		await eventually(() => dir.onDisk()).toEqual([]);
	});

	it('is reported as one of the model if nobody knows whether it was accepted', async () => {
		const flow = await open();
		const { textToImage: modelId } = flow.simulator.modelIds;
		flow.simulator.inject({ name: 'reset_after_accept', on: 'models.submit' });
		flow.receive({ payload: 'a boat', modelId });
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ modelId, error: { code: 'submit_unconfirmed' }, runcomfy: { service: 'model' } },
		]);
		expect(flow.caught[0]).not.toHaveProperty('requestId');
	});
});
