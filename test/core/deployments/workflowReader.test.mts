// Many items of one flow share the workflows that were read.
import { describe, expect, it } from '@jest/globals';
import { type Overrides } from '../../../core/comfyui/overrides';
import { AccountCache } from '../../../core/index';
import { submission } from '../submission/rig.mts';
import { clientOf, failure, type Reply } from '../support/virtualHost.mts';
import { DEPLOYMENT, GRAPH, OBJECT_INFO, service } from '../support/workflows.mts';

const DEP = { deploymentId: 'dep' };

/** An account of a scripted service, with a reader for each flow. */
function accountOf(...scripted: Parameters<typeof clientOf>) {
	const { client, host, clock } = clientOf(...scripted);
	const cache = new AccountCache();
	const readerOf = (flow = {}) => cache.reader(client, flow).readWorkflow;
	const prepared = (overrides: Overrides, read = readerOf()) =>
		submission({ target: DEP, overrides }, read);
	return { host, clock, readerOf, prepared };
}

describe('the reader of one flow', () => {
	it.each<[string, Reply | Error, RegExp]>([
		['another account’s', { status: 403, body: '{"message":"Forbidden"}' }, /Forbidden/],
		['without payload', { body: '{"id":"dep"}' }, /shows no workflow/],
		['out of reach', failure('ECONNREFUSED'), /ECONNREFUSED/],
		['silent', { delayMs: 50_000, body: '{}' }, /no answer within 10 s/],
	])('warns, and goes on, if a deployment is %s', async (_what, deployment, why) => {
		const { clock, host, readerOf, prepared } = accountOf(service(deployment));
		const begun = clock.now();
		const read = readerOf();
		const overrides = { '404': { inputs: { nothing: 'fits' } } };
		const { workflow, notes } = await prepared(overrides, read);
		await prepared(overrides, read);
		expect(workflow).toBeUndefined();
		expect(notes.warnings).toEqual([expect.stringMatching(/^The inputs were not checked/)]);
		expect(notes.warnings[0]).toMatch(why);
		expect(clock.now() - begun).toBeLessThanOrEqual(10_000);
		expect(host.callsOf('dep').length).toBeLessThanOrEqual(2);
	});

	it('asks once more before it refuses by what an earlier flow has read', async () => {
		let steps = 10_000;
		const { host, readerOf, prepared } = accountOf((call) =>
			call.leaf === 'dep'
				? DEPLOYMENT
				: { body: JSON.stringify(OBJECT_INFO).replace('"max":10000', `"max":${steps}`) },
		);
		const flow = () => prepared({ '3': { inputs: { steps: 20_000 } } });
		await expect(flow()).rejects.toMatchObject({ code: 'invalid_overrides' });
		expect(host.calls).toHaveLength(2);
		steps = 30_000;
		await expect(flow()).resolves.toMatchObject({ workflow: GRAPH });
		expect(host.calls).toHaveLength(4);
		steps = 10_000;
		await expect(flow()).resolves.toMatchObject({ workflow: GRAPH });
		expect(host.calls).toHaveLength(4);
		const read = readerOf();
		for (let item = 0; item < 5; item += 1) {
			await expect(prepared({ '404': { inputs: { text: 'x' } } }, read)).rejects.toMatchObject({
				code: 'invalid_overrides',
			});
		}
		expect(host.calls).toHaveLength(6);
	});
});

const SENT = { 1: { class_type: 'KSampler', inputs: {} } };

describe('the facts about a workflow', () => {
	it('are only the submit itself if the deployment cannot be read', async () => {
		const read = accountOf(service(failure('ECONNREFUSED'))).readerOf();
		const warnings = [expect.stringMatching(/^The inputs were not checked .*ECONNREFUSED/)];
		const unread = expect.stringContaining('ECONNREFUSED');
		expect(await read(DEP)).toEqual({ info: {}, unread, warnings });
		expect(await read({ ...DEP, workflowApiJson: SENT })).toEqual({
			workflow: SENT,
			info: {},
			unread,
			warnings,
		});
	});
});
