// Workflows over real HTTP: a large object_info, and inputs that the service refuses.
import { describe, expect, it } from '@jest/globals';
import { loadWorkflow, run } from '../../core/index';
import { submit } from '../../core/parsers';
import { start } from './rig.mts';

describe('an object_info of 20 MB', () => {
	it('does not keep the workflow from being read', async () => {
		const { sim, client } = await start({ faults: [{ name: 'huge_object_info' }] });
		const { workflow } = await loadWorkflow(client, sim.deploymentIds.flux);
		expect(workflow['6']?.class_type).toBe('CLIPTextEncodeFlux');
		expect(sim.requests.at(-1)).toMatchObject({ route: 'object_info', status: 200 });
	});
});

describe('an input that the saved node lacks, where the service refuses those', () => {
	const overrides = { '92': { inputs: { crf: 30 } } };

	it('is named in the refusal', async () => {
		const { sim, client } = await start({ faults: [{ name: 'new_keys_refused' }] });
		const submitted = submit(client, { deploymentId: sim.deploymentIds.video, overrides });
		await expect(submitted).rejects.toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('crf'),
		});
	});

	it('is taken as part of a whole workflow', async () => {
		const { sim, client } = await start({ faults: [{ name: 'new_keys_refused' }] });
		const deploymentId = sim.deploymentIds.video;
		const workflowApiJson = structuredClone(sim.workflow(deploymentId) ?? {});
		Object.assign(workflowApiJson['92']?.inputs ?? {}, overrides['92'].inputs);
		expect((await run(client, { deploymentId, workflowApiJson })).status).toBe('succeeded');
	});
});
