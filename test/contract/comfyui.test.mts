// Workflows over real HTTP: a large object_info.
import { expect, it } from '@jest/globals';
import { loadWorkflow } from '../../core/index';
import { start } from './rig.mts';

it('an object_info of 10 MB does not keep the workflow from being read', async () => {
	const { sim, client } = await start();
	const { workflow } = await loadWorkflow(client, sim.deploymentIds.large);
	expect(workflow['6']?.class_type).toBe('CLIPTextEncode');
	expect(sim.requests.at(-1)).toMatchObject({ route: 'object_info', status: 200 });
});
