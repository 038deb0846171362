// Sources of a workflow: a deployment, and files in which ComfyUI saves one.
import { describe, expect, it } from '@jest/globals';
import { AccountCache, loadWorkflow, readWorkflowFile } from '../../../core/index';
import { png } from '../../support/pictures.mts';
import { clientOf, type Reply, thrownBy } from '../support/virtualHost.mts';
import { GRAPH, payload, service } from '../support/workflows.mts';

const GRAPH_WITHOUT_BIGINT = { '6': GRAPH['6'] };

describe('the workflow of a deployment', () => {
	it('comes with types, large seeds exact, the token kept from the other host', async () => {
		const { client, host } = clientOf(service());
		const { workflow, info } = await loadWorkflow(client, 'dep', new AccountCache());
		expect(workflow).toEqual(GRAPH);
		expect(info['KSampler']?.inputs.find(({ name }) => name === 'steps')?.spec).toMatchObject({
			kind: 'integer',
			min: 1,
			max: 10000,
		});
		expect(Object.keys(info)).not.toContain('NotInGraph');
		expect(host.calls.map(({ path, request }) => [path, request.authenticate])).toEqual([
			['/prod/v2/deployments/dep?includes=payload', true],
			['/object_info.json', false],
		]);
	});

	it.each<[string, Reply]>([
		['no payload', { body: '{"id":"dep"}' }],
		['something else', payload({ workflow_api_json: { '1': 7, '2': { inputs: {} } } })],
	])('is an error with a way out if the deployment shows %s', async (_what, deployment) => {
		const { client } = clientOf(service(deployment));
		await expect(loadWorkflow(client, 'dep', new AccountCache())).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			deploymentId: 'dep',
			hint: expect.stringContaining('its inputs by name'),
		});
	});
});

it.each([{ workflow_id: 'w' }, { workflow_version: 'v1' }])(
	'a workflow is of a version only if that is told whole: %j',
	async (told) => {
		const body = JSON.stringify({
			id: 'dep',
			payload: { workflow_api_json: GRAPH_WITHOUT_BIGINT },
			...told,
		});
		const { client } = clientOf(service({ body }));
		expect(await loadWorkflow(client, 'dep', new AccountCache())).not.toHaveProperty('version');
	},
);

const PICTURED = {
	'3': {
		inputs: { seed: 7, text: 'ein Leuchtturm, 灯台', clip: ['4', 1] },
		class_type: 'KSampler',
		_meta: { title: 'Sampler' },
	},
	'4': { inputs: {}, class_type: 'CheckpointLoaderSimple' },
};
const EDITOR = { nodes: [{ id: 3, type: 'KSampler' }], links: [], version: 0.4 };
const TEXTS = { prompt: JSON.stringify(PICTURED), workflow: JSON.stringify(EDITOR) };

const read = (bytes: Uint8Array) => readWorkflowFile(bytes, { name: 'a file' });

describe('a workflow is read', () => {
	it.each<[string, Uint8Array]>([
		['from the PNG that Save Image writes', png(TEXTS)],
		['from a PNG with its texts behind each other', png({ parameters: 'a cat', ...TEXTS })],
		['from a PNG whose texts are more than Latin-1', png(TEXTS, 'iTXt')],
		['from JSON with a byte order mark', Buffer.from(`\ufeff ${TEXTS.prompt}`)],
	])('%s', (_where, bytes) => {
		expect(read(bytes)).toEqual(PICTURED);
	});

	it('keeps large seeds exact, and leaves out what ComfyUI notes while it runs', () => {
		const prompt =
			'{"3": {"inputs": {"seed": 18446744073709551615, "cfg": NaN, "text": "NaN -Infinity"}, "class_type": "KSampler", "is_changed": [NaN, -Infinity]}}';
		expect(read(png({ prompt }))).toEqual({
			'3': {
				inputs: { seed: 18446744073709551615n, cfg: null, text: 'NaN -Infinity' },
				class_type: 'KSampler',
			},
		});
	});

	it('as Latin-1 if it is not UTF-8', () => {
		const prompt = Buffer.from('{"1":{"class_type":"A","inputs":{"text":"café"}}}', 'latin1');
		expect(read(png({ prompt }))).toMatchObject({ '1': { inputs: { text: 'café' } } });
	});
});

describe('a file without one that can be run is refused', () => {
	const media = (head: string) => Buffer.from(`${head}\0\0\0\0${TEXTS.prompt}`, 'latin1');
	it.each<[string, Uint8Array]>([
		['FLAC', media('fLaC')],
		['PNG without a text', png({})],
		['PNG with the editor’s workflow alone', png({ workflow: TEXTS.workflow })],
		['PNG with a packed text', png(TEXTS, 'zTXt')],
		['PNG with a broken text', png({ prompt: '{"3":' })],
		['PNG that is cut off', png(TEXTS).subarray(0, 60)],
		['empty file', Buffer.alloc(0)],
	])('%s', (_what, bytes) => {
		expect(thrownBy(() => read(bytes))).toMatchObject({
			code: 'invalid_input',
			message: 'a file is neither JSON nor a PNG in which ComfyUI saved a workflow',
			hint: 'In ComfyUI, choose Workflow > Export (API).',
		});
	});

	it.each([
		['what the editor saves', TEXTS.workflow, 'This is a workflow as ComfyUI’s editor saves it'],
		['JSON of something else', '{"a": 1}', 'Node "a" of the workflow has no class_type'],
	])('%s', (_what, text, message) => {
		expect(thrownBy(() => read(Buffer.from(text)))).toMatchObject({
			code: 'invalid_input',
			message,
			hint: 'In ComfyUI, choose Workflow > Export (API).',
		});
	});

	it('broken JSON', () => {
		expect(() => read(Buffer.from('{"a": '))).toThrow('a file is not valid JSON');
	});
});
