// What a node that may leave relies on: how long runs take, RunComfy's calls, and that n8n reaches itself.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { learnRunTime } from '../../../core/request/runTimes.ts';
import { failure } from '../../core/support/virtualHost.mts';
import { LEFT, type Options, usePark } from './leaving.mts';

const { waiting } = usePark();
const AWAY = () => failure('ECONNREFUSED');

const known = async () => {
	const { runTimes } = await import('../../../nodes/RunComfy/session/session.ts');
	return runTimes;
};
afterEach(async () => (await known()).delete('d'));

describe('a run that is known to be brief', () => {
	beforeEach(async () => learnRunTime(await known(), 'd', 1_000));

	it.each([
		['auto', false],
		['suspend', true],
	] as const)('is left where the user says so alone (%s)', async (waitMode, left) => {
		const { way, host } = waiting({ waitMode });
		way?.means.parking.begin(0);
		way?.means.parking.accept(0, 1_000, Infinity);
		await host.clock.sleep(1_000);
		expect(way?.means.parking.signal.aborted).toBe(left);
	});

	it.each([
		['auto', false],
		['suspend', true],
	] as const)('has RunComfy call where it is left (%s)', (waitMode, called) => {
		const resumeUrl = 'https://n8n.example.com/webhook-waiting/7';
		const { way } = waiting({ waitMode, resumeUrl, resumeByWebhook: true });
		expect(way?.means.calls.addressFor('d') !== undefined).toBe(called);
	});
});

describe('where n8n does not reach itself', () => {
	it.each([
		['its timer comes too late for a run that ends soon', AWAY, false],
		['… which it does not, where it reaches itself', undefined, true],
	])('%s', async (_what, n8n, left) => {
		const { way, host } = waiting(n8n ? { n8n } : {});
		way?.means.parking.prepare();
		await host.clock.sleep(1_000);
		way?.means.parking.begin(0);
		const progress = { status: 'in_progress', expected_ms: 60_000, running_ms: 58_000 };
		way?.means.parking.look(0, progress as never, Infinity);
		await host.clock.sleep(1_000);
		expect(way?.means.parking.signal.aborted).toBe(left);
	});

	it.each([
		['no call is awaited', AWAY, undefined],
		['one is where it does', undefined, 'untried'],
	])('%s', async (_what, n8n, expected) => {
		const { way, ledger, executionId } = waiting(n8n ? { n8n } : {});
		Object.assign(ledger, { resumed: true });
		expect(await way?.means.calls.awaited(executionId)).toBe(expected);
	});

	it('alone is it said that the result may be late', async () => {
		const { way, leave, host, hints } = waiting();
		way?.means.parking.prepare();
		await host.clock.sleep(1_000);
		await leave();
		expect(hints).toEqual([expect.stringMatching(/^n8n has stored this execution/)]);
	});
});

describe('a node whose runs take ten minutes, where calls are known to come', () => {
	beforeEach(async () => {
		for (let n = 0; n < 5; n += 1) learnRunTime(await known(), 'd', 600_000);
	});

	const leaves = async (options: Options) => {
		const { createCalls } = await import('../../../nodes/RunComfy/wait/calls.ts');
		const { context, leave, wait } = waiting(options);
		createCalls(context, { ledger: { woken: 'runcomfy' } } as never);
		await leave([LEFT]);
		return wait()[1];
	};

	it('stays away for longer than its runs: n8n looks only for a call that was lost', async () => {
		expect(await leaves({})).toBe(730_000);
	});

	it('does not where RunComfy was given the address of another execution', async () => {
		expect(await leaves({ told: 'another' })).toBe(600_000);
	});
});

describe('what the user is told of a wait', () => {
	it('is above the output, and where the editor looks for an address, also without one', async () => {
		const shown: object[] = [];
		const addExecutionHints = (hint: object) => void shown.push(hint);
		const { leave, done } = waiting({ resumeUrl: 'none', more: { addExecutionHints } });
		await leave();
		expect(shown).toEqual([
			{ message: expect.stringMatching(/^n8n has stored/), location: 'outputPane' },
		]);
		expect(done).toContainEqual([
			'metadata',
			{ resumeUrl: expect.stringMatching(/^#Waiting%20since/) },
		]);
	});

	it('does not depend on a credential of the node', async () => {
		const { leave } = waiting({ more: { getNode: () => ({ name: 'Run', type: 'runComfy' }) } });
		expect(await leave()).toEqual([[]]);
	});
});
