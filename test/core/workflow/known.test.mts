// What the reader of one flow says of a workflow; reader.test.mts has how often it asks.
import { describe, expect, it } from '@jest/globals';
import { createWorkflowCache, createWorkflowReader } from '../../../core/index';
import { clientOf, failure, type Reply } from '../support/virtualHost.mts';
import { GRAPH } from '../support/workflowGraphs.mts';
import { DEPLOYMENT, service } from '../support/workflowService.mts';

const SENT = { 1: { class_type: 'KSampler', inputs: {} } };

describe('what is known of a workflow', () => {
	it('is the one sent along, with the classes of that, beside the saved one', async () => {
		const { client } = clientOf(service());
		const known = await createWorkflowReader(client)({
			deploymentId: 'dep',
			workflowApiJson: SENT,
		});
		expect(known).toEqual({
			...{ workflow: SENT, saved: GRAPH, typed: true, warnings: [], kept: false },
			info: { KSampler: expect.anything() },
		});
	});

	it('is guessed, with a warning, where ComfyUI does not tell its classes', async () => {
		const { client } = clientOf(service(DEPLOYMENT, { status: 404 }));
		expect(await createWorkflowReader(client)({ deploymentId: 'dep' })).toEqual({
			...{ workflow: GRAPH, saved: GRAPH, info: {}, typed: false, kept: false },
			warnings: [expect.stringMatching(/^Types and choices .* HTTP status 404$/)],
		});
	});

	it('is nothing but what was sent where the deployment cannot be read', async () => {
		const { client } = clientOf(service(failure('ECONNREFUSED')));
		const read = createWorkflowReader(client);
		const warnings = [expect.stringMatching(/^The inputs were not checked .*ECONNREFUSED/)];
		expect(await read({ deploymentId: 'dep' })).toEqual({ info: {}, warnings });
		expect(await read({ deploymentId: 'dep', workflowApiJson: SENT })).toEqual({
			...{ workflow: SENT, info: {}, warnings },
		});
	});

	it('may be of an earlier flow, unless the newest is asked for', async () => {
		const { client, clock } = clientOf(service());
		const cache = createWorkflowCache();
		const keptBy = async (fresh?: boolean) =>
			(await createWorkflowReader(client, { cache })({ deploymentId: 'dep' }, fresh)).kept;
		expect(await keptBy()).toBe(false);
		expect(await keptBy()).toBe(true);
		expect(await keptBy(true)).toBe(false);
		await clock.sleep(60_000);
		expect(await keptBy()).toBe(false);
	});
});

describe('the newest', () => {
	it('is asked for once, of each deployment and each object_info', async () => {
		const { client, host } = clientOf(service());
		const read = createWorkflowReader(client, { cache: createWorkflowCache() });
		for (const deploymentId of ['a', 'b', 'a']) await read({ deploymentId });
		const calls = () => ['a', 'b', 'object_info.json'].map((leaf) => host.callsOf(leaf).length);
		expect(calls()).toEqual([1, 1, 1]);
		for (const deploymentId of ['a', 'b', 'a']) await read({ deploymentId }, true);
		expect(calls()).toEqual([2, 2, 2]);
	});
});

describe('a service that fails', () => {
	it.each<[string, Reply, number]>([
		['soon', { status: 503 }, 2],
		['with a long Retry-After', { status: 503, headers: { 'retry-after': '3' } }, 1],
		['with a short one', { status: 503, headers: { 'retry-after': '2' } }, 2],
	])('%s is asked for no longer than it is worth', async (_what, reply, calls) => {
		const { client, host } = clientOf(service(reply));
		const { warnings } = await createWorkflowReader(client)({ deploymentId: 'dep' });
		expect(warnings).toHaveLength(1);
		expect(host.calls).toHaveLength(calls);
	});
});
