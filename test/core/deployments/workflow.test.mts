// Reading the workflow of a deployment.
import { describe, expect, it } from '@jest/globals';
import { AccountCache, loadWorkflow } from '../../../core/index';
import { clientOf } from '../support/virtualHost.mts';
import { GRAPH, service } from '../support/workflows.mts';

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
