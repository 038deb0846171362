// What comes out of the trigger.
import { describe, expect, it } from '@jest/globals';
import { hosted, type Json, runNode, useRig } from '../support/rig.mts';
import { closeTriggers, startTrigger } from '../support/trigger.mts';

const rig = useRig();
closeTriggers();

const byId = (value: string) => ({ __rl: true, mode: 'id', value });

async function ended(name: keyof typeof rig.simulator.deploymentIds = 'textToImage') {
	rig.simulator.update({ latencyMs: 0 });
	const deploymentId = rig.simulator.deploymentIds[name];
	const outcome = await runNode(rig, {
		operation: 'submit',
		deploymentId: byId(deploymentId),
		overrides: '{}',
	});
	return { requestId: String(outcome.items('Step 1')[0]?.json['request_id']), deploymentId };
}

async function told(options: Json = {}, name?: Parameters<typeof ended>[0]) {
	const request = await ended(name);
	const trigger = await startTrigger(rig, { parameters: { options } });
	await trigger.callBack(request, '?order=17');
	const same = await runNode(rig, {
		operation: 'getResult',
		deploymentId: byId(request.deploymentId),
		requestId: request.requestId,
		options,
	});
	return { items: trigger.items(), same: same.items('Step 1') };
}

describe('the item of a request that succeeded', () => {
	it('is that of Get Result, with the file, and what the address said', async () => {
		const { items, same } = await told();
		expect(items).toHaveLength(1);
		expect(items[0]?.json).toEqual({ ...same[0]?.json, query: { order: '17' } });
		const [file] = items[0]?.json['files'] as unknown as Array<{ url: string }>;
		expect(await rig.engine.binary(items[0]!)).toEqual(await hosted(file?.url));
	});

	it.each<[Json, Parameters<typeof ended>[0]]>([
		[{ downloadFiles: false }, 'textToImage'],
		[{ outputItems: 'file' }, 'textToImage'],
		[{ includeTemp: true, outputItems: 'file' }, 'video'],
		[{ maxFileSize: 0.00001 }, 'textToImage'],
		[{ outputNodes: '9' }, 'textToImage'],
	])('follows the options as that does (%j, %s)', async (options, name) => {
		const { items, same } = await told(options, name);
		const query = { order: '17' };
		expect(items.map(({ json }) => json)).toEqual(same.map(({ json }) => ({ ...json, query })));
		const fields = same.map(({ binary = {} }) => Object.keys(binary));
		expect(items.map(({ binary = {} }) => Object.keys(binary))).toEqual(fields);
	});
});

describe('the item of a request that did not', () => {
	it('says why, in the fields of an error', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const request = await ended();
		const trigger = await startTrigger(rig);
		await trigger.callBack(request, '', 'failed');
		const [item] = trigger.items();
		expect(item?.json).toMatchObject({
			request_id: request.requestId,
			status: 'failed',
			error: expect.stringMatching(/node 31/),
			error_code: 'run_failed',
			error_hint: expect.any(String),
			files: [],
			texts: [],
			query: {},
		});
		expect(trigger.executions[0]?.status).toBe('success');
	});

	it('says that it was canceled', async () => {
		rig.simulator.update({ latencyMs: 60_000 });
		const { textToImage: deploymentId } = rig.simulator.deploymentIds;
		const submit = { operation: 'submit', deploymentId: byId(deploymentId), overrides: '{}' };
		const outcome = await runNode(rig, submit);
		const requestId = String(outcome.items('Step 1')[0]?.json['request_id']);
		await runNode(rig, { operation: 'cancel', deploymentId: byId(deploymentId), requestId });
		const trigger = await startTrigger(rig);
		expect(await trigger.callBack({ requestId, deploymentId }, '', 'cancelled')).toBe(200);
		expect(trigger.items()[0]?.json).toMatchObject({
			status: 'canceled',
			error_code: 'run_canceled',
		});
	});

	it('is an item also where the node goes on to an error output', async () => {
		rig.simulator.inject({ name: 'run_failed', error: 'OutOfMemory' });
		const request = await ended();
		const settings = { onError: 'continueErrorOutput' };
		const trigger = await startTrigger(rig, { settings });
		await trigger.callBack(request);
		expect(trigger.items()[0]?.json).toMatchObject({ status: 'failed' });
	});
});

describe('options that cannot be read', () => {
	it('end the execution with an error that names them', async () => {
		const request = await ended();
		const parameters = { options: { maxFileSize: '={{ "much" }}' } };
		const trigger = await startTrigger(rig, { parameters });
		expect(await trigger.callBack(request)).toBe(200);
		expect(trigger.executions[0]?.error?.message).toMatch(/Max File Size/);
	});
});
