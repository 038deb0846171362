import { describe, expect, it } from '@jest/globals';
import {
	byId,
	itemsOf,
	type Json,
	type Parameters,
	useRig,
	workflowOf,
} from '../../support/rig.mts';

const rig = useRig();

const deployment = (operation: string, more: Json = {}): Parameters => ({
	resource: 'deployment',
	operation,
	...more,
});

const bodiesOf = (method: string) =>
	rig.simulator.requests.filter((request) => request.method === method).map(({ body }) => body);

describe('Call Instance', () => {
	const running: Parameters = { operation: 'getStatus' };
	const submitted = (): Parameters => ({
		operation: 'submit',
		deploymentId: byId(rig.simulator.deploymentIds.textToImage),
		overrides: '{}',
	});

	it('takes the instance from Get Status with no mapping, and frees its memory', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await rig.engine.run(
			workflowOf(
				{ parameters: submitted() },
				{ parameters: running },
				{ parameters: deployment('callInstance') },
			),
		).outcome;
		const [status] = itemsOf(outcome, 2);
		expect(status?.json['status']).toBe('in_progress');
		expect(itemsOf(outcome, 3)).toEqual([
			{
				json: {
					deployment_id: rig.simulator.deploymentIds.textToImage,
					instance_id: status?.json['instance_id'],
					path: 'api/free',
					response: null,
				},
				pairedItem: { item: 0 },
			},
		]);
		expect(bodiesOf('POST').at(-1)).toEqual({ unload_models: true, free_memory: true });
	});

	it('gives the JSON that ComfyUI answers with', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const call = deployment('callInstance', { path: '/system_stats', body: '' });
		const outcome = await rig.engine.run(
			workflowOf({ parameters: submitted() }, { parameters: running }, { parameters: call }),
		).outcome;
		const [item] = itemsOf(outcome, 3);
		expect(item?.json['response']).toMatchObject({ system: { os: 'posix' } });
		expect(rig.simulator.requests.at(-1)?.path).toMatch(/\/proxy\/system_stats$/);
	});

	it.each([
		['an instance that is gone', 'gone', 'api/free'],
		['a path that ComfyUI does not have', undefined, 'api/none'],
	])('says so for %s', async (_what, instance, path) => {
		rig.simulator.update({ latencyMs: 60_000 });
		const outcome = await rig.engine.run(
			workflowOf(
				{ parameters: submitted() },
				{ parameters: running },
				{
					parameters: deployment('callInstance', {
						path,
						...(instance && { instanceId: instance }),
					}),
				},
			),
		).outcome;
		expect(outcome.error?.context?.data?.['error_code']).toBe('not_found');
		expect(outcome.error?.description).toContain('kept warm');
		expect(outcome.error?.description).toContain('Path');
	});
});
