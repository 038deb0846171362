// The input mode Workflow: another graph on the deployment's machine, with overrides and files. Tests of the core cover
// what is a workflow.
import { expect, it } from '@jest/globals';
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

function submit(parameters: Json, items: INodeExecutionData[] = [{ json: {} }]) {
	const deploymentId = byId(rig.simulator.deploymentIds.textToImage);
	const all = { operation: 'submit', inputMode: 'workflow', deploymentId, ...parameters };
	return rig.runItems(all, items);
}

const bodies = () => rig.work().map(({ body }) => body);

it('the workflow may be text or an object', async () => {
	const item = { json: { graph: GRAPH } as never };
	for (const workflowApiJson of [JSON.stringify(GRAPH), '={{ $json.graph }}']) {
		itemsOf(await submit({ workflowApiJson }, [item]));
	}
	expect(bodies()).toEqual([{ workflow_api_json: GRAPH }, { workflow_api_json: GRAPH }]);
});

it('with a workflow overrides and files are submitted', async () => {
	const parameters = {
		workflowApiJson: JSON.stringify(GRAPH),
		workflowOverrides: { '1': { inputs: { image: 'photo' } }, '2': { inputs: { width: 1024 } } },
	};
	const photo = { data: PNG.toString('base64'), mimeType: 'image/png' };
	itemsOf(await submit(parameters, [{ json: {}, binary: { photo } }]));
	const size = { ...GRAPH['2'], inputs: { ...GRAPH['2'].inputs, width: 1024 } };
	expect(bodies()).toEqual([
		{
			workflow_api_json: { ...GRAPH, '2': size },
			overrides: { '1': { inputs: { image: dataUri('image/png', PNG) } } },
		},
	]);
});
