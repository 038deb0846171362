// What a process keeps of an account's deployments and models, how long, and for whom.
import { describe, expect, it } from '@jest/globals';
import { AccountCache, loadWorkflow } from '../../core/index';
import { clientOf, failure, json, type Script } from './support/virtualHost.mts';
import type { GRAPH } from './support/workflows.mts';
import { INFO, INFO_URL, node, service } from './support/workflows.mts';

const HOUR = 3_600_000;
const WORKFLOW = { 3: node('KSampler', { seed: 1 }) };

/** An account with any number of deployments, which run the same version of a workflow. */
function accountOf(info: Parameters<typeof service>[1] = INFO, latencyMs = 0) {
	const saved = { version: 'v1' as string | undefined, url: INFO_URL };
	const script: Script = (call, number) =>
		call.path.startsWith('/v1/models')
			? json({ model_id: 'lab/model', display_name: 'Model' })
			: service(
					json({
						id: call.leaf,
						name: `named ${call.leaf}`,
						workflow_id: 'w',
						workflow_version: saved.version,
						payload: { workflow_api_json: WORKFLOW, object_info_url: saved.url },
					}),
					info,
				)(call, number);
	const { client, host, clock } = clientOf(script, { latencyMs });
	const cache = new AccountCache();
	const flow = (signal?: AbortSignal) => cache.reader(client, { signal });
	const read = (deploymentId = 'dep', fresh = false) =>
		flow().readWorkflow({ deploymentId }, fresh);
	const counts = () => [
		host.calls.filter(({ path }) => path.endsWith('payload')).length,
		host.callsOf('object_info.json').length,
	];
	return { client, clock, cache, saved, flow, read, counts };
}

describe('what a flow has read of an account', () => {
	it('is good for other flows for a minute, node classes of a version for six hours', async () => {
		const { clock, read, counts } = accountOf();
		expect(await read()).toMatchObject({ cached: false });
		await clock.sleep(59_999);
		expect(await read()).toMatchObject({ cached: true, info: { KSampler: {} } });
		expect(counts()).toEqual([1, 1]);
		await clock.sleep(1);
		expect(await read()).toMatchObject({ cached: false });
		expect(counts()).toEqual([2, 1]);
		await clock.sleep(6 * HOUR);
		await read();
		expect(counts()).toEqual([3, 2]);
	});

	it('is read again when the newest is wanted, but once by each flow', async () => {
		const { flow, read, counts } = accountOf();
		await read();
		const { readWorkflow } = flow();
		for (const fresh of [false, true, true, false]) {
			await readWorkflow({ deploymentId: 'dep' }, fresh);
		}
		expect(counts()).toEqual([2, 2]);
	});

	it('is good for a minute if no version says that node classes do not change', async () => {
		const { clock, saved, read, counts } = accountOf();
		saved.version = undefined;
		await read();
		await clock.sleep(59_999);
		await read();
		expect(counts()).toEqual([1, 1]);
		await clock.sleep(1);
		await read();
		expect(counts()).toEqual([2, 2]);
	});

	it('is of one version, one address and one set of classes', async () => {
		const { saved, flow, read, counts } = accountOf();
		await read();
		saved.version = 'v2';
		await read('dep', true);
		saved.url = 'https://y/object_info.json';
		await read('dep', true);
		expect(counts()[1]).toBe(3);
		const ask = async (...names: string[]) => {
			const nodes = names.map((name, n): [string, (typeof GRAPH)[string]] => [`${n}`, node(name)]);
			const workflowApiJson = Object.fromEntries(nodes);
			const known = await flow().readWorkflow({ deploymentId: 'dep', workflowApiJson });
			return Object.keys(known.info);
		};
		expect(await ask('KSampler', 'None')).toEqual(['KSampler']);
		expect(await ask('None', 'LoadImage', 'KSampler')).toEqual(['KSampler', 'LoadImage']);
		expect(await ask('None', 'KSampler')).toEqual(['KSampler']);
		expect(counts()[1]).toBe(5);
	});

	it('is shared while it is being read, also if the flow that began to read it stops', async () => {
		const { flow, read, counts } = accountOf(INFO, 5_000);
		const stop = new AbortController();
		const first = flow(stop.signal).readWorkflow({ deploymentId: 'dep' });
		const others = Promise.all([read(), read()]);
		stop.abort();
		await expect(first).rejects.toMatchObject({ code: 'aborted' });
		for (const other of await others) {
			expect(other).toMatchObject({ warnings: [], info: { KSampler: {} } });
		}
		expect(counts()).toEqual([1, 1]);
	});

	it('is not kept if it failed: a flow asks once, and the next one again', async () => {
		const down = accountOf(failure('ECONNREFUSED'));
		const { readWorkflow } = down.flow();
		for (const fresh of [false, true, false]) {
			const { warnings } = await readWorkflow({ deploymentId: 'dep' }, fresh);
			expect(warnings).toEqual([expect.stringMatching(/guessed .* ECONNREFUSED/)]);
		}
		expect(down.counts()).toEqual([1, 1]);
		await down.read();
		expect(down.counts()).toEqual([1, 2]);
	});

	it('is kept of the fifty that were read last', async () => {
		const { read, counts } = accountOf();
		for (let index = 0; index < 51; index += 1) await read(`d${index}`);
		await read('d50');
		await read('d1');
		expect(counts()[0]).toBe(51);
		await read('d0');
		expect(counts()[0]).toBe(52);
	});

	it('spares a form the node classes, but not the deployment', async () => {
		const { client, cache, read, counts } = accountOf();
		await read();
		await loadWorkflow(client, 'dep', cache);
		await loadWorkflow(client, 'dep', cache);
		expect(counts()).toEqual([3, 1]);
	});

	it('names deployments and models, also after its time', async () => {
		const { clock, cache, flow, read } = accountOf();
		const model = { modelId: 'lab/model' } as const;
		expect(cache.targetName({ deploymentId: 'dep' })).toBeUndefined();
		await read();
		await flow().readModel('lab/model');
		await clock.sleep(HOUR);
		expect(cache.targetName({ deploymentId: 'dep' })).toBe('named dep');
		expect(cache.targetName(model)).toBe('Model');
	});
});
