// The items of the trigger.
import { describe, expect, it } from '@jest/globals';
import { status, submit } from '../support/failing.mts';
import { byId, filesOf, hosted, type Json, runNode, useRig } from '../support/rig.mts';
import { closeTriggers, startTrigger, type TriggerOptions } from '../support/trigger.mts';

const rig = useRig({ fast: true });
closeTriggers();

type Name = keyof typeof rig.simulator.deploymentIds;

/** A request, which ends at once unless `latencyMs` says otherwise. */
async function submitted(name: Name = 'textToImage', latencyMs = 0) {
	rig.simulator.update({ latencyMs });
	const deploymentId = rig.simulator.deploymentIds[name];
	const outcome = await runNode(rig, submit(rig, { deploymentId: byId(deploymentId) }));
	return { requestId: String(outcome.items('Step 1')[0]?.json['request_id']), deploymentId };
}

/** Calls back for a request, and gives the items that come out. */
async function itemsFor(
	request: Awaited<ReturnType<typeof submitted>>,
	options: TriggerOptions = {},
	query = '',
) {
	const trigger = await startTrigger(rig, options);
	expect(await trigger.callBack(request, query)).toBe(200);
	return trigger.items();
}

it.each<[Json, Name]>([
	[{}, 'textToImage'],
	[{ downloadFiles: false }, 'textToImage'],
	[{ outputItems: 'file' }, 'textToImage'],
	[{ includeTemp: true, outputItems: 'file' }, 'video'],
	[{ maxFileSize: 0.00001 }, 'textToImage'],
	[{ outputNodes: '9' }, 'textToImage'],
])('a success has the items of Get Result, and the query (%j, %s)', async (options, name) => {
	const request = await submitted(name);
	const items = await itemsFor(request, { parameters: { options } }, '?order=17');
	const { deploymentId: id, requestId } = request;
	const deploymentId = byId(id);
	const getResult = status(rig, { operation: 'getResult', deploymentId, requestId, options });
	const same = (await runNode(rig, getResult)).items('Step 1');
	expect(items.map(({ json }) => json)).toEqual(
		same.map(({ json }) => ({ ...json, query: { order: '17' } })),
	);
	const fields = same.map(({ binary = {} }) => Object.keys(binary));
	expect(items.map(({ binary = {} }) => Object.keys(binary))).toEqual(fields);
	if (Object.keys(options).length > 0) return;
	expect(await rig.engine.binary(items[0]!)).toEqual(await hosted(filesOf(items[0])[0]?.url));
});

describe('a request that did not succeed', () => {
	it('has the reason, in the fields of an error', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const request = await submitted();
		expect((await itemsFor(request))[0]?.json).toMatchObject({
			request_id: request.requestId,
			status: 'failed',
			error: expect.stringMatching(/node 31/),
			error_code: 'run_failed',
			error_hint: expect.any(String),
			files: [],
			texts: [],
			query: {},
		});
	});

	it('may have been canceled', async () => {
		const request = await submitted('textToImage', 60_000);
		await runNode(rig, status(rig, { operation: 'cancel', requestId: request.requestId }));
		const canceled = { status: 'canceled', error_code: 'run_canceled' };
		expect((await itemsFor(request))[0]?.json).toMatchObject(canceled);
	});

	it('is an item although the node has an error output', async () => {
		rig.simulator.inject({ name: 'run_failed', error: 'OutOfMemory' });
		const request = await submitted();
		const [item] = await itemsFor(request, { settings: { onError: 'continueErrorOutput' } });
		expect(item?.json).toMatchObject({ status: 'failed' });
	});
});

it('options that cannot be read end the execution with an error that names them', async () => {
	const parameters = { options: { maxFileSize: '={{ "much" }}' } };
	const trigger = await startTrigger(rig, { parameters });
	expect(await trigger.callBack(await submitted())).toBe(200);
	expect(trigger.executions[0]?.error?.message).toMatch(/Max File Size/);
});
