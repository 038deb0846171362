// The items of the trigger, and when an event counts as received.
import { EventEmitter, once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import {
	byId,
	type DeploymentName,
	filesOf,
	hosted,
	type Json,
	restartRuntime,
	useRig,
} from '../support/rig.mts';
import {
	closeTriggers,
	ended,
	idsOf,
	type Request,
	startTrigger,
	type Trigger,
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

const start = () => startTrigger(rig, { parameters: { options: { downloadFiles: false } } });

const works = async () => undefined;
const broken = () => Promise.reject(new Error('no database'));

/** Blocks n8n's database for new executions until this opens. */
function locked(trigger: Trigger): EventEmitter {
	const lock = new EventEmitter();
	trigger.database = () => once(lock, 'open');
	return lock;
}

describe('an event for which n8n could not start an execution', () => {
	it('may come again', async () => {
		const trigger = await start();
		const request = await ended(rig);
		trigger.database = broken;
		expect(await trigger.callBack(request)).toBe(500);
		trigger.database = works;
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});

	it('may come again even if RunComfy had hung up by then', async () => {
		const trigger = await start();
		const request = await ended(rig);
		const lock = locked(trigger);
		await trigger.hangUp(request);
		expect(await trigger.callBack(request)).toBe(503);
		trigger.database = works;
		lock.emit('error', new Error('database is locked'));
		expect(trigger.executions).toEqual([]);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});

	it('may come again some minutes later even if n8n never says what became of it', async () => {
		const trigger = await start();
		const request = await ended(rig);
		locked(trigger);
		await trigger.hangUp(request);
		trigger.database = works;
		expect(await trigger.callBack(request)).toBe(503);
		const later = performance.now() + 5 * 60_000;
		jest.spyOn(performance, 'now').mockReturnValue(later);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});
});

it('an event whose execution n8n is about to store must be repeated until it has, and starts no other one', async () => {
	const trigger = await start();
	const request = await ended(rig);
	const lock = locked(trigger);
	await trigger.hangUp(request);
	for (let calls = 0; calls < 2; calls += 1) expect(await trigger.callBack(request)).toBe(503);
	lock.emit('open');
	while (trigger.stored()['node:RunComfy Trigger'] === undefined) await trigger.settled();
	expect(await trigger.callBack(request)).toBe(200);
	restartRuntime();
	expect(await trigger.callBack(request)).toBe(200);
	expect(idsOf(trigger)).toEqual([request.requestId]);
});

it('callbacks that come at once share the credential for a moment: reading it takes n8n longer than all else', async () => {
	const trigger = await start();
	const requests = [await ended(rig), await ended(rig), await ended(rig)];
	const { credentialsHelper } = rig.engine.internals.additionalData({ nodes: [] } as never);
	const reading = jest.spyOn(credentialsHelper, 'getDecrypted');
	// Calls made by the executions are not counted.
	trigger.database = broken;
	const answers = await Promise.all(requests.map((request) => trigger.callBack(request)));
	expect([answers, reading.mock.calls.length]).toEqual([[500, 500, 500], 1]);
});

it('a call with a wrong secret is logged once a minute, with how many there were', async () => {
	const options = { downloadFiles: false, secret: 'open sesame' };
	const trigger = await startTrigger(rig, { parameters: { options } });
	const request = await ended(rig);
	const wrong = async (count: number) => {
		for (let calls = 0; calls < count; calls += 1) {
			expect(await trigger.callBack(request, '?secret=wrong')).toBe(403);
		}
	};
	await wrong(5);
	expect(trigger.logged).toEqual([expect.stringMatching(/wrong secret, or none, was refused$/)]);
	const later = performance.now() + 60_000;
	jest.spyOn(performance, 'now').mockReturnValue(later);
	await wrong(2);
	expect(trigger.logged).toEqual([
		expect.anything(),
		expect.stringMatching(/5 calls with a wrong secret, or none, were refused$/),
	]);
});
