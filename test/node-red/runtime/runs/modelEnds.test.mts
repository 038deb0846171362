// Hosted models: a canceled run, and one that spans a restart.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { jobs as listed, type TestFlow, useFlows, useUserDir } from '../../support/rig.mts';

const start = useFlows();
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
		expect(flow.caught[0]?.error.cause['details']).toMatchObject({ reason: 'superseded' });
	});
});

describe('a run of a model that a newer message supersedes, and that cannot be canceled', () => {
	const LATEST = { ...MODEL, output: 'saved', directory: 'pictures', onShutdown: 'leave' };

	/** A message whose run takes so long, after a first look, with the clock held. */
	async function running(runMs: number) {
		const flow = await start('runcomfy-run', LATEST, {
			userDir: dir.userDir,
			settings: { fileWorkingDirectory: dir.userDir },
			simulator: { queueMs: 0, latencyMs: 60_000 },
			config: { latestWins: true },
			nodes: [STOP_ALL],
		});
		const release = flow.time.hold();
		flow.simulator.inject({ name: 'run_time', ms: runMs });
		const { textToImage: modelId } = flow.simulator.modelIds;
		const send = (payload: string) => flow.receive({ topic: 'same', payload, modelId });
		send('older');
		await eventually(async () => (await listed())[0]?.requestId).toBeDefined();
		await eventually(() => flow.time.sleeping()).toBe(1);
		return { flow, release, send };
	}

	/** A newer run is in progress, too. */
	async function superseded(runMs: number) {
		const { flow, release, send } = await running(runMs);
		send('newer');
		await eventually(() => bodies(flow).length).toBe(2);
		await eventually(() => calls(flow)).toContain('models.cancel');
		await eventually(() => flow.time.sleeping()).toBe(2);
		return { flow, release };
	}

	const expected = ({ simulator }: TestFlow) => {
		const [older, newer] = [...simulator.jobs.keys()];
		const details = { reason: 'superseded', cancel: 'not_cancellable' };
		const file = { path: expect.stringContaining(dir.userDir) };
		return {
			sent: [{ payload: [expect.stringContaining(dir.userDir)], requestId: newer }],
			caught: [
				{
					payload: 'older',
					requestId: older,
					status: 'succeeded',
					runcomfy: { files: [file], cost: 0.012 },
					error: { code: 'run_canceled', cause: { details } },
				},
			],
		};
	};

	it.each([
		['after', 600_000],
		['before', 10_000],
	])('ends at Catch with its saved files, %s the newer one', async (_when, runMs) => {
		const { flow, release } = await superseded(runMs);
		release();
		await flow.ended(2);
		const { sent, caught } = expected(flow);
		expect([flow.sent, flow.caught]).toMatchObject([sent, caught]);
		const [older] = jobs(flow);
		const view = (await listed()).find(({ requestId }) => requestId === older?.requestId);
		expect(view).toMatchObject({ outcome: 'run_canceled', superseded: true, files: true });
		expect(jobs(flow).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
	});

	it('does so over a restart, too', async () => {
		const { flow, release } = await superseded(600_000);
		await flow.reborn(LATEST);
		release();
		await flow.ended(2);
		const [older, newer] = [...flow.simulator.jobs.keys()];
		expect(flow.sent).toMatchObject([{ requestId: newer }]);
		expect(flow.caught).toMatchObject([{ requestId: older, status: 'succeeded' }]);
		expect(flow.caught[0]?.error).toMatchObject({
			code: 'run_canceled',
			cause: { details: { reason: 'superseded' } },
		});
		expect([bodies(flow).length, dir.onDisk()]).toEqual([2, []]);
	});

	it('is reported as finished to whoever cancels it as well', async () => {
		const { flow, release, send } = await running(1_000);
		flow.time.pass(2_000);
		await flow.simulator.settle();
		flow.simulator.inject({ name: 'stall', on: 'models.cancel', ms: 300 });
		send('newer');
		flow.receive({}, 'stopAll');
		await eventually(() => flow.progress.length).toBe(1);
		release();
		const [older] = flow.simulator.jobs.keys();
		expect(flow.progress[0]?.payload).toContainEqual(
			expect.objectContaining({ request_id: older, outcome: 'finished' }),
		);
		await flow.ended(2);
		const ended = flow.caught.find(({ requestId }) => requestId === older);
		expect(ended?.error.cause['details']).toMatchObject({ reason: 'superseded' });
	});
});

describe('a run whose files are being fetched when a newer message comes', () => {
	it('ends at Catch as well: the newer one may be faster', async () => {
		const fields = { ...MODEL, output: 'buffer' };
		const flow = await start('runcomfy-run', fields, { config: { latestWins: true } });
		flow.simulator.inject({ name: 'stall', on: 'storage', ms: 300 });
		const { textToImage: modelId } = flow.simulator.modelIds;
		flow.receive({ topic: 'same', payload: 'older', modelId });
		await eventually(() => calls(flow)).toContain('storage');
		flow.receive({ topic: 'same', payload: 'newer', modelId });
		await flow.ended(2);
		const [older, newer] = [...flow.simulator.jobs.keys()];
		expect(flow.sent).toMatchObject([{ requestId: newer }]);
		expect(flow.caught).toMatchObject([{ requestId: older, status: 'succeeded' }]);
		expect(calls(flow)).not.toContain('models.cancel');
	});
});

describe('a run of a model over a restart', () => {
	const open = () =>
		start(
			'runcomfy-run',
			{ ...MODEL, onShutdown: 'leave' },
			{ userDir: dir.userDir, simulator: { latencyMs: 300_000 } },
		);

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
