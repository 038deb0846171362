// An event counts as received once n8n has stored its execution, whoever waits for the answer.
import { describe, expect, it, jest } from '@jest/globals';
import { useRig } from '../support/rig.mts';
import { closeTriggers, ended, idsOf, startTrigger } from '../support/trigger.mts';

const rig = useRig({ fast: true });
closeTriggers();

const start = () => startTrigger(rig, { parameters: { options: { downloadFiles: false } } });

describe('an event for which n8n could not start an execution', () => {
	it('may come again', async () => {
		const trigger = await start();
		const request = await ended(rig);
		trigger.breakDatabase(true);
		expect(await trigger.callBack(request)).toBe(500);
		trigger.breakDatabase(false);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});

	it('may come again even if RunComfy had hung up by then', async () => {
		const trigger = await start();
		const request = await ended(rig);
		const unlock = trigger.lockDatabase();
		await trigger.hangUp(request);
		expect(await trigger.callBack(request)).toBe(503);
		unlock(true);
		expect(trigger.executions).toEqual([]);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});

	it('may come again some minutes later even if n8n never says what became of it', async () => {
		const trigger = await start();
		const request = await ended(rig);
		trigger.lockDatabase();
		await trigger.hangUp(request);
		trigger.breakDatabase(false);
		expect(await trigger.callBack(request)).toBe(503);
		const later = performance.now() + 5 * 60_000;
		jest.spyOn(performance, 'now').mockReturnValue(later);
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});
});

describe('an event whose execution n8n is about to store', () => {
	it('must be repeated until it has, and starts no other one', async () => {
		const trigger = await start();
		const request = await ended(rig);
		const unlock = trigger.lockDatabase();
		await trigger.hangUp(request);
		for (let calls = 0; calls < 2; calls += 1) expect(await trigger.callBack(request)).toBe(503);
		unlock();
		while (trigger.stored()['node:RunComfy Trigger'] === undefined) await trigger.settled();
		expect(await trigger.callBack(request)).toBe(200);
		trigger.restart();
		expect(await trigger.callBack(request)).toBe(200);
		expect(idsOf(trigger)).toEqual([request.requestId]);
	});
});

describe('callbacks that come at once', () => {
	it('share the credential for a moment: reading it takes n8n longer than all else', async () => {
		const trigger = await start();
		const requests = [await ended(rig), await ended(rig), await ended(rig)];
		const { credentialsHelper } = rig.engine.internals.additionalData({ nodes: [] } as never);
		const reading = jest.spyOn(credentialsHelper, 'getDecrypted');
		// What the executions read is not counted.
		trigger.breakDatabase(true);
		const answers = await Promise.all(requests.map((request) => trigger.callBack(request)));
		expect([answers, reading.mock.calls.length]).toEqual([[500, 500, 500], 1]);
	});
});

describe('a call with a wrong secret', () => {
	it('is logged once a minute, with how many there were', async () => {
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
});
