// The field Workflow: another graph on the deployment's machine, from JSON or a file.
import { describe, expect, it } from '@jest/globals';
import { dataUri, PNG } from '../../../support/pictures.mts';
import { png, webp } from '../../../support/workflowFiles.mts';
import { type TestFlow, useFlows } from '../../support/rig.mts';

const start = useFlows();

const submits = ({ simulator }: TestFlow) =>
	simulator.requests.filter(({ route }) => route === 'submit').map(({ body }) => body);

async function submit(msg: object, fields: Record<string, unknown> = {}) {
	const flow = await start('runcomfy-submit', {
		workflow: 'workflow',
		workflowType: 'msg',
		...fields,
	});
	flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, ...msg });
	await flow.ended();
	return flow;
}

const GRAPH = {
	'1': { inputs: { image: 'example.png' }, class_type: 'LoadImage', _meta: { title: 'Photo' } },
	'2': {
		inputs: { width: 512, height: 512, batch_size: 1 },
		class_type: 'EmptySD3LatentImage',
		_meta: { title: 'Size' },
	},
	'3': { inputs: { images: ['1', 0] }, class_type: 'PreviewImage', _meta: { title: 'Look' } },
};
const TEXTS = { prompt: JSON.stringify(GRAPH) };

describe('the workflow', () => {
	it.each<[string, unknown]>([
		['a PNG', png(TEXTS)],
		['a JSON file', Buffer.from(TEXTS.prompt)],
		['bytes that are no Buffer', new Uint8Array(png(TEXTS))],
		['an object', GRAPH],
		['text', TEXTS.prompt],
	])('may be %s', async (_what, workflow) => {
		const flow = await submit({ workflow });
		expect(flow.caught).toEqual([]);
		expect(submits(flow)).toEqual([{ workflow_api_json: GRAPH }]);
	});

	it('runs to its end', async () => {
		const flow = await start('runcomfy-run', { workflow: 'workflow', workflowType: 'msg' });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, workflow: GRAPH });
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent[0]).toMatchObject({ status: 'succeeded' });
	});

	it.each<[string, unknown]>([
		['a picture without one', PNG],
		['a WebP', webp(TEXTS.prompt)],
		['a file of another kind', Buffer.from('GIF89a')],
	])('%s: is refused, and nothing is asked', async (_what, workflow) => {
		const flow = await submit({ workflow });
		expect(flow.caught).toMatchObject([
			{
				error: {
					code: 'invalid_input',
					message:
						'The file in msg.workflow is neither JSON nor a PNG in which ComfyUI saved a workflow. In ComfyUI, choose Workflow > Export (API). (invalid_input)',
				},
			},
		]);
		expect(flow.simulator.requests).toEqual([]);
	});
});

describe('on top of the workflow', () => {
	const sampler = (seed: unknown) => ({
		...GRAPH,
		'5': { class_type: 'KSampler', inputs: { seed, steps: 8 } },
	});
	const unchecked = { checkInputs: false };

	it('go overrides, and files as Buffers', async () => {
		const overrides = { 1: { inputs: { image: PNG } }, 2: { inputs: { width: 1024 } } };
		const flow = await submit({ workflow: png(TEXTS), overrides });
		const size = { ...GRAPH['2'], inputs: { ...GRAPH['2'].inputs, width: 1024 } };
		expect(submits(flow)).toEqual([
			{
				workflow_api_json: { ...GRAPH, '2': size },
				overrides: { 1: { inputs: { image: dataUri('image/png', PNG) } } },
			},
		]);
	});

	it.each<[string, unknown, object]>([
		['that says "random"', 'random', {}],
		['where all are to be drawn', 7, { randomSeeds: true }],
		['where a variable of the environment says so', 7, { randomSeeds: 'true' }],
	])('a seed is drawn %s', async (_which, seed, fields) => {
		const flow = await submit({ workflow: sampler(seed) }, { ...unchecked, ...fields });
		const [sent] = flow.sent as { runcomfy: { seeds: Record<string, number> } }[];
		const drawn = sent?.runcomfy.seeds['5'];
		expect(Number.isSafeInteger(drawn)).toBe(true);
		expect(drawn).not.toBe(7);
		expect(submits(flow)).toEqual([{ workflow_api_json: sampler(drawn) }]);
	});

	it('a seed stays that is a number', async () => {
		const flow = await submit({ workflow: sampler(7) }, unchecked);
		expect(submits(flow)).toEqual([{ workflow_api_json: sampler(7) }]);
	});
});
