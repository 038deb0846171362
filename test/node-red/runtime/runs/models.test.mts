// Hosted models: their runs work like a deployment's in messages, journal, cancel and result.
import { describe, expect, it } from '@jest/globals';
import helper from 'node-red-node-test-helper';
import { eventually } from '../../../support/expect.mts';
import { jobs as listed, type TestFlow, useFlows } from '../../support/rig.mts';

const start = useFlows();
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

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

const bodies = ({ simulator }: TestFlow) =>
	simulator.requests.filter(({ route }) => route === 'models.submit').map(({ body }) => body);
const jobs = ({ simulator }: TestFlow) => [...simulator.jobs.values()];
const calls = ({ simulator }: TestFlow) => simulator.requests.map(({ route }) => route);

describe('a run of a hosted model', () => {
	it('gives its picture, what it cost, and the ids to ask for it again', async () => {
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
			runcomfy: { service: 'model', cost: 0.012, timings: expect.anything(), warnings: [] },
		});
		expect(msg).not.toHaveProperty('deploymentId');
		expect(msg).not.toHaveProperty('service');
		expect((await listed())[0]).toMatchObject({
			modelId,
			modelName: 'FLUX.2 flash',
			cost: 0.012,
			about: 'a paper boat',
			outcome: 'succeeded',
		});
	});

	it('edits the picture of a Buffer, and gives a Buffer back', async () => {
		const flow = await start('runcomfy-run', {
			...MODEL,
			output: 'buffer',
			modelIdType: 'str',
			modelId: 'https://www.runcomfy.com/models/qwen/qwen-image/edit',
			rows: [row('prompt', 'str', 'at night'), row('image', 'msg', 'payload')],
		});
		flow.receive({ payload: PNG });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(bodies(flow)).toEqual([
			{ prompt: 'at night', image: expect.stringMatching(/^data:image\/png;base64,/) },
		]);
		expect(Buffer.isBuffer(flow.sent[0]?.payload)).toBe(true);
	});

	it('gives a Buffer of a file that the result itself holds, and keeps no copy for the sidebar', async () => {
		const flow = await start('runcomfy-run', { ...MODEL, output: 'buffers' });
		const prompt = `data:image/png;base64,${PNG.toString('base64')}`;
		flow.receive({ payload: prompt, modelId: flow.simulator.modelIds.noSchema });
		await flow.ended();
		const { files } = flow.sent[0]?.runcomfy as { files: Array<{ filename: string }> };
		const at = files.findIndex(({ filename }) => filename === 'title.png');
		expect((flow.sent[0]?.payload as Buffer[])[at]?.equals(PNG)).toBe(true);
		const [job] = await listed();
		const { body } = await helper.request().get(`/runcomfy/jobs/${job?.job}/files`);
		const urls = (body as { files: Array<{ url: string }> }).files.map(({ url }) => url);
		expect(urls).toEqual(urls.map(() => expect.stringMatching(/^http/)));
		expect(urls).not.toEqual([]);
	});

	it('says what to choose if what runs is neither', async () => {
		const flow = await start('runcomfy-run', { ...MODEL, target: 'modell' });
		flow.receive({ payload: 'x' });
		await flow.ended();
		expect(flow.caught[0]?.error.message).toMatch(/"modell".*deployment or model/s);
	});

	it('takes any names where the model tells none', async () => {
		const flow = await start('runcomfy-run', { ...MODEL, rows: [row('scenes', 'num', '3')] });
		flow.receive({ modelId: flow.simulator.modelIds.noSchema });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(bodies(flow)).toEqual([{ scenes: 3 }]);
	});

	it('keeps rows of a workflow for a deployment, and runs without them', async () => {
		const ofNode = { ...row('text', 'str', 'a cat'), nodeId: '6' };
		const flow = await start('runcomfy-run', { ...MODEL, rows: [PROMPT, ofNode] });
		const { modelIds, deploymentIds } = flow.simulator;
		flow.receive({ modelId: modelIds.textToImage, payload: 'x' });
		await flow.ended();
		expect(bodies(flow)).toEqual([{ prompt: 'x' }]);
		await flow.redeploy('full', { target: 'deployment' });
		flow.receive({ deploymentId: deploymentIds.textToImage });
		await flow.ended(2);
		expect(jobs(flow)[1]?.overrides).toEqual({ 6: { inputs: { text: 'a cat' } } });
	});
});

describe('a request of a model, by its message', () => {
	const by = (type: string, more: object = {}) => ({ id: type, type, config: 'cfg', ...more });
	const ROWS = { inputMode: 'rows', rows: [] };

	it('is submitted, looked at, fetched', async () => {
		const flow = await start(
			'runcomfy-submit',
			{ ...MODEL, wires: [['look']] },
			{
				nodes: [
					{ ...by('runcomfy-status'), id: 'look', wires: [['get']] },
					{ ...by('runcomfy-result', { wait: true }), id: 'get', wires: [['sent']] },
				],
			},
		);
		const { textToImage: modelId } = flow.simulator.modelIds;
		flow.receive({ payload: 'a boat', modelId, deploymentId: 'of an earlier node' });
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent[0]).toMatchObject({
			modelId,
			status: 'succeeded',
			payload: [{ kind: 'image' }],
			runcomfy: { service: 'model', cost: 0.012 },
		});
		expect(new Set(calls(flow))).toEqual(
			new Set(['models.get', 'models.submit', 'models.status', 'models.result']),
		);
	});

	it.each(['runcomfy-status', 'runcomfy-result', 'runcomfy-cancel'] as const)(
		'%s says that msg.modelId names the model, where the message has neither',
		async (type) => {
			const flow = await start(type);
			flow.receive({ requestId: 'r1' });
			await flow.ended();
			const hint: unknown = flow.caught[0]?.error.cause['hint'];
			expect(hint).toMatch(/msg\.deploymentId, or msg\.modelId/);
		},
	);

	it('is no more of a model once the message has been at a deployment', async () => {
		const flow = await start(
			'runcomfy-submit',
			{ ...MODEL, wires: [['other']] },
			{
				nodes: [
					{ ...by('runcomfy-submit', ROWS), id: 'other', wires: [['look']] },
					{ ...by('runcomfy-status'), id: 'look', wires: [['sent']] },
				],
			},
		);
		const { modelIds, deploymentIds } = flow.simulator;
		flow.receive({
			payload: 'a boat',
			modelId: modelIds.textToImage,
			deploymentId: deploymentIds.textToImage,
		});
		await eventually(() => flow.sent.length).toBe(1);
		expect(calls(flow).slice(-2)).toEqual(['submit', 'status']);
		expect(flow.sent[0]?.['runcomfy']).not.toHaveProperty('service');
	});

	it('is canceled while it is queued', async () => {
		const flow = await start(
			'runcomfy-submit',
			{ ...MODEL, wires: [['stop']] },
			{
				nodes: [{ ...by('runcomfy-cancel'), id: 'stop', wires: [['sent']] }],
				simulator: { queueMs: 3_600_000 },
			},
		);
		flow.receive({ payload: 'a boat', modelId: flow.simulator.modelIds.textToImage });
		await eventually(() => flow.sent.length).toBe(1);
		expect(flow.sent[0]).toMatchObject({
			status: 'cancellation_requested',
			runcomfy: { service: 'model' },
			payload: { request_id: jobs(flow)[0]?.requestId, service: 'model' },
		});
		expect(jobs(flow)[0]?.state).toBe('canceled');
	});

	it('says so if it is asked for as one of a deployment', async () => {
		const flow = await start('runcomfy-status', {
			deploymentIdType: 'str',
			deploymentId: 'd1',
		});
		flow.receive({ requestId: 'r1', modelId: 'a/b', runcomfy: { service: 'model' } });
		await flow.ended();
		expect(flow.caught[0]?.error.code).toBe('not_found');
		expect(flow.caught[0]?.error.message).toMatch(/only if you ask for it as one/);
	});

	it.each<[string, object]>([
		['by its id alone', { modelId: 'a/b' }],
		['by what an earlier node has left', { deploymentId: 'd1', runcomfy: { service: 'model' } }],
	])('is known %s', async (_how, given) => {
		const flow = await start('runcomfy-status');
		flow.receive({ requestId: 'r1', ...given });
		await flow.ended();
		expect(calls(flow)).toEqual(['models.status']);
		expect(flow.caught[0]).toMatchObject({ requestId: 'r1', runcomfy: { service: 'model' } });
	});
});
