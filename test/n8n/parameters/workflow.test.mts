// The input mode Workflow: another graph on the deployment's machine, from JSON or a file, with overrides, files and
// seeds. Tests of the core cover which files contain a workflow.
import { describe, expect, it } from '@jest/globals';
import type { INodeExecutionData } from 'n8n-workflow';
import { dataUri, PNG } from '../../support/pictures.mts';
import { byId, itemsOf, type Json, useRig } from '../support/rig.mts';

const rig = useRig({ fast: true });

const GRAPH = {
	'1': { inputs: { image: 'example.png' }, class_type: 'LoadImage', _meta: { title: 'Photo' } },
	'2': {
		inputs: { width: 512, height: 512, batch_size: 1 },
		class_type: 'EmptySD3LatentImage',
		_meta: { title: 'Size' },
	},
	'3': {
		inputs: { images: ['1', 0] },
		class_type: 'PreviewImage',
		_meta: { title: 'Preview' },
	},
};

const JSON_FILE = Buffer.from(JSON.stringify(GRAPH));

const file = (bytes: Buffer, fileName = 'made.png') => ({
	data: bytes.toString('base64'),
	mimeType: 'application/octet-stream',
	fileName,
});

const item = (bytes: Buffer, fileName?: string): INodeExecutionData => ({
	json: {},
	binary: { data: file(bytes, fileName) },
});

function submit(parameters: Json, items: INodeExecutionData[] = [{ json: {} }]) {
	const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
	const all = { operation: 'submit', inputMode: 'workflow', deploymentId, ...parameters };
	return rig.runItems(all, items);
}

const bodies = () => rig.work().map(({ body }) => body);

describe('the workflow', () => {
	it('may come from a file in any binary field', async () => {
		const items = [{ json: {}, binary: { photo: file(PNG), made: file(JSON_FILE) } }];
		const parameters = { workflowFrom: 'binary', workflowBinaryProperty: 'made' };
		itemsOf(await submit(parameters, items));
		expect(bodies()).toEqual([{ workflow_api_json: GRAPH }]);
	});

	it('may be text or an object', async () => {
		const item = { json: { graph: GRAPH } as never };
		for (const workflowApiJson of [String(JSON_FILE), '={{ $json.graph }}']) {
			itemsOf(await submit({ workflowApiJson }, [item]));
		}
		expect(bodies()).toEqual([{ workflow_api_json: GRAPH }, { workflow_api_json: GRAPH }]);
	});

	it.each<[string, Json, INodeExecutionData, RegExp]>([
		[
			'a picture without a workflow',
			{ workflowFrom: 'binary' },
			item(PNG),
			/^made\.png is not a JSON file with a workflow.*\n.*Workflow > Export \(API\)/,
		],
		[
			'a field that is not there',
			{ workflowFrom: 'binary', workflowBinaryProperty: 'date' },
			item(PNG),
			/no binary field "date"/,
		],
		[
			'a file that is too large',
			{ workflowFrom: 'binary' },
			item(Buffer.alloc(50 * 2 ** 20 + 1)),
			/made\.png has .* more than the limit/,
		],
	])('%s: is refused, and nothing is asked', async (_what, parameters, given, message) => {
		const { error } = await submit(parameters, [given]);
		expect(`${error?.message}\n${error?.description}`).toMatch(message);
		expect(rig.simulator.requests).toEqual([]);
	});
});

it('with a workflow overrides and files are submitted', async () => {
	const parameters = {
		workflowFrom: 'binary',
		workflowOverrides: { '1': { inputs: { image: 'photo' } }, '2': { inputs: { width: 1024 } } },
	};
	const binary = { data: file(JSON_FILE), photo: file(PNG) };
	itemsOf(await submit(parameters, [{ json: {}, binary }]));
	const size = { ...GRAPH['2'], inputs: { ...GRAPH['2'].inputs, width: 1024 } };
	expect(bodies()).toEqual([
		{
			workflow_api_json: { ...GRAPH, '2': size },
			overrides: { '1': { inputs: { image: dataUri('image/png', PNG) } } },
		},
	]);
});
