// The items of the trigger.
import { describe, expect, it } from '@jest/globals';
import { byId, type DeploymentName, filesOf, hosted, type Json, useRig } from '../support/rig.mts';
import {
	closeTriggers,
	ended,
	type Request,
	startTrigger,
	type TriggerOptions,
} from '../support/trigger.mts';

const rig = useRig({ fast: true });

closeTriggers();

/** Calls back for a request, and returns the resulting items. */
async function itemsFor(request: Request, options: TriggerOptions = {}, query = '') {
	const trigger = await startTrigger(rig, options);
	expect(await trigger.callBack(request, query)).toBe(200);
	return trigger.items();
}

it.each<[Json, DeploymentName]>([
	[{}, 'textToImage'],
	[{ downloadFiles: false, outputNodes: '9' }, 'textToImage'],
	[{ outputItems: 'file' }, 'video'],
])('a success has the items of Get Result, and the query (%j, %s)', async (options, name) => {
	const request = await ended(rig, name);
	const items = await itemsFor(request, { parameters: { options } }, '?order=17');
	const { deploymentId: id, requestId } = request;
	const deploymentId = byId(id);
	const getResult = rig.toGetStatus({ operation: 'getResult', deploymentId, requestId, options });
	const same = (await rig.runNode(getResult)).items('Step 1');
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
		const request = await ended(rig);
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

	it('may have been canceled, and is an item although the node has an error output', async () => {
		rig.simulator.inject({ name: 'run_canceled' });
		const request = await ended(rig);
		const [item] = await itemsFor(request, { settings: { onError: 'continueErrorOutput' } });
		expect(item?.json).toMatchObject({ status: 'canceled', error_code: 'run_canceled' });
	});
});

it('options that cannot be read end the execution with an error that names them', async () => {
	const parameters = { options: { outputItems: '={{ "much" }}' } };
	const items = itemsFor(await ended(rig), { parameters });
	await expect(items).rejects.toMatchObject({ message: expect.stringMatching(/Output Items/) });
});
