// How the node leaves n8n's memory, and what then looks after its requests: without n8n's engine.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { RunComfyError } from '../../../core/index.ts';
import { learnRunTime } from '../../../core/request/runTimes.ts';
import { failure, type Reply } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import { LEFT, type Options, PARKED, RUNNING, STOPPED, usePark } from './leaving.mts';

const { waiting, comeBack } = usePark();

describe('a node that leaves', () => {
	it('has its requests with the execution before n8n stores it, and an entry to come back by', async () => {
		const { leave, wait, executionId, host, own, stack } = waiting();
		expect(await leave()).toEqual([[]]);
		const [, ms, stored, before] = wait();
		expect(ms).toBe(90_000);
		expect(stored.requests?.['0']).toMatchObject({
			parked: {
				...{ id: `0-${EPOCH}`, executionId, at: EPOCH, stopAtFailure: true },
				address: expect.stringMatching(/\/webhook-waiting\/7\/runcomfy\?signature=s$/),
			},
			entries: { 0: { accepted: { answer: { request_id: 'r0' } } } },
		});
		expect(host.callsOf('status')).toEqual([]);
		expect(before).toBe(0);
		expect(stack).toHaveLength(3);
		expect(own.data.main).toEqual([]);
	});

	it('keeps what came of the items that are done, not of those that it has left', async () => {
		const { leave, ledger } = waiting({ items: 3 });
		await leave([
			{ ok: true, value: [] },
			{ ok: false, error: new RunComfyError('run_failed', 'x', { requestId: 'r1' }) },
			LEFT,
		]);
		expect(ledger.entries().map(([, { outcome }]) => outcome)).toEqual([
			{ items: [] },
			{ error: expect.objectContaining({ code: 'run_failed' }) },
			undefined,
		]);
	});

	it('comes back at a timeout', async () => {
		const late = waiting();
		late.ledger.deadline(0, 7_000);
		await late.leave();
		expect(late.wait()[1]).toBe(7_000);
	});

	describe('whose runs are known to take ten minutes', () => {
		const known = async () => {
			const { runTimes } = await import('../../../nodes/RunComfy/session/session.ts');
			return runTimes;
		};
		beforeEach(async () => {
			for (let n = 0; n < 5; n += 1) learnRunTime(await known(), 'd', 600_000);
		});
		afterEach(async () => (await known()).delete('d'));

		it('stays away for as long', async () => {
			const { leave, wait } = waiting();
			await leave();
			expect(wait()[1]).toBe(600_000);
		});

		it('comes back soon where an item is not submitted yet', async () => {
			const { leave, wait } = waiting();
			await leave([LEFT, LEFT]);
			expect(wait()[1]).toBe(90_000);
		});

		it('does not count what came of an item as not submitted', async () => {
			const { leave, wait } = waiting();
			await leave([LEFT, { ok: true, value: [] }]);
			expect(wait()[1]).toBe(600_000);
		});
	});

	it('tells the user what it waits for', async () => {
		const { leave, done, hints, resumeUrl } = waiting();
		await leave();
		const [, { resumeUrl: told }] = done.find((one) => (one as unknown[])[0] === 'metadata') as [
			string,
			{ resumeUrl: string },
		];
		expect(told).toContain(resumeUrl.replace('/7?', '/7/runcomfy?'));
		expect(decodeURIComponent(told)).toMatch(
			/#Waiting since .* RunComfy request r0 of deployment d\./,
		);
		expect(hints).toEqual([expect.stringMatching(/^n8n has stored this execution/)]);
	});

	it('does so as well where n8n has no place for that, and no address', async () => {
		const { leave, stored } = waiting({
			more: { setMetadata: undefined },
			resumeUrl: 'no address',
		});
		expect(await leave()).toEqual([[]]);
		expect(stored.requests?.['0']?.parked).not.toHaveProperty('address');
	});
});

describe('what looks after its requests', () => {
	const stopped = (kind: string, ms: number) =>
		kind === 'ask' && ms < 20_000 ? (ms === 0 ? RUNNING : PARKED) : STOPPED;

	it('cancels them once the execution was stopped, and says so in the log', async () => {
		const { leave, way, canceled, logged, host, executionId } = waiting({ n8n: stopped });
		way?.means.parking.prepare();
		await leave();
		await host.clock.sleep(60_000);
		expect(canceled()).toEqual(['r0']);
		expect(logged).toEqual([
			[
				`RunComfy request r0 of deployment d was canceled, since its parked execution was stopped or deleted: cancellation_requested (execution, node, run: ${executionId} Run 0)`,
				{ requestId: 'r0', deploymentId: 'd' },
			],
		]);
	});

	it.each<[string, Options, string[]]>([
		['where the user does not want it', { cancelOnStop: false }, []],
		[
			'of several, where none is to be canceled for another that failed',
			{ items: 2, cancelOnFailure: false },
			[],
		],
		['of several', { items: 2 }, ['r0', 'r1']],
		['of one, whatever becomes of others', { cancelOnFailure: false }, ['r0']],
	])('%s', async (_where, options, expected) => {
		const { leave, canceled, host } = waiting({ ...options, n8n: stopped });
		await leave(Array.from({ length: options.items ?? 1 }, () => LEFT));
		await host.clock.sleep(60_000);
		expect(canceled()).toEqual(expected);
	});

	it('says in the log where a cancel got no answer', async () => {
		const { leave, logged, host } = waiting({ n8n: stopped });
		const request = host.request.bind(host);
		host.request = (call) =>
			call.url.endsWith('/cancel') ? Promise.reject(failure('ECONNRESET')) : request(call);
		await leave();
		await host.clock.sleep(60_000);
		expect(logged).toEqual([[expect.stringContaining('deleted: no answer ('), expect.anything()]]);
	});

	it('is nobody where n8n does not reach itself: its timer comes soon, and the user is told', async () => {
		const { leave, way, hints, host, asked } = waiting({ n8n: () => failure('ECONNREFUSED') });
		way?.means.parking.prepare();
		await host.clock.sleep(1_000);
		await leave();
		expect(hints[0]).toMatch(/cannot reach itself .* up to two minutes late.*WEBHOOK_URL/);
		const calls = asked().length;
		await host.clock.sleep(600_000);
		expect(asked()).toHaveLength(calls);
		expect(host.callsOf('status')).toEqual([]);
	});

	it('ends when the node comes back, which then knows what it has seen', async () => {
		const one = waiting({ n8n: (_kind, ms) => (ms === 0 ? RUNNING : PARKED) });
		await one.leave();
		await one.host.clock.sleep(20_000);
		const looks = one.host.callsOf('status').length;
		expect(looks).toBeGreaterThan(0);
		const { ledger } = one;
		comeBack(one.context, one.session);
		expect(ledger.find(0)?.seen?.looks).toBe(looks);
		await one.host.clock.sleep(600_000);
		expect(one.host.callsOf('status')).toHaveLength(looks);
	});

	it('ends as well when a retry of the execution takes its requests up', async () => {
		const one = waiting({ n8n: (_kind, ms) => (ms === 0 ? RUNNING : PARKED) });
		await one.leave();
		await one.host.clock.sleep(20_000);
		const looks = one.host.callsOf('status').length;
		const seen: unknown[] = [];
		const { parked: parkedBefore } = one.stored.requests!['0']!;
		const ledger = {
			...{ parkedBefore, runIndex: '3' },
			addSights: (sights: ReadonlyMap<string, unknown>) => seen.push([...sights.keys()]),
		};
		const retry = { ...one.context, getExecutionId: () => 'another' } as IExecuteFunctions;
		comeBack(retry, { ledger } as never);
		expect(seen).toEqual([[], ['r0']]);
		await one.host.clock.sleep(600_000);
		expect(one.host.callsOf('status')).toHaveLength(looks);
	});
});

describe('when to leave', () => {
	const leaves = async (options: Options, waitMs = 1_000) => {
		const { way, host, hints } = waiting(options);
		way?.means.parking.begin(0);
		way?.means.parking.accept(0, undefined, Infinity);
		await host.clock.sleep(waitMs);
		return { left: way?.means.parking.signal.aborted, hints, way };
	};

	it('is at once, where n8n reaches itself', async () => {
		expect(await leaves({ waitMode: 'auto' })).toMatchObject({ left: true, hints: [] });
		expect(await leaves({ waitMode: 'suspend' })).toMatchObject({ left: true, hints: [] });
	});

	it('is not where n8n does not, unless the user says so', async () => {
		const n8n = () => failure('ECONNREFUSED');
		expect(await leaves({ waitMode: 'auto', n8n })).toMatchObject({ left: false });
		expect(await leaves({ waitMode: 'suspend', n8n })).toMatchObject({ left: true });
	});

	it('is after 300 ms, however long n8n is looked for, where the user says so', async () => {
		const n8n = (): Reply => ({ ...RUNNING, delayMs: 5_000 });
		expect(await leaves({ waitMode: 'suspend', n8n }, 299)).toMatchObject({ left: false });
		expect(await leaves({ waitMode: 'suspend', n8n }, 301)).toMatchObject({ left: true });
		expect(await leaves({ waitMode: 'auto', n8n }, 4_000)).toMatchObject({ left: false });
	});

	it('is said to be never, once a run is seen to go on', async () => {
		const { way, host, hints } = waiting({ waitMode: 'auto', n8n: () => failure('ECONNREFUSED') });
		way?.means.parking.begin(0);
		way?.means.parking.look(0, { status: 'in_progress', elapsed_ms: 1_000 } as never, Infinity);
		await host.clock.sleep(1_000);
		expect(hints).toEqual([
			expect.stringMatching(/holds the execution in its memory .* cannot reach itself/),
		]);
	});
});

describe('a node that stays', () => {
	it.each<[string, Options, string[]]>([
		['says nothing where the user wants that', { waitMode: 'poll' }, []],
		[
			'says why where the user wants the other',
			{ waitMode: 'suspend', more: { isToolExecution: () => true } },
			['because an AI agent waits'],
		],
		[
			'says nothing where it is left to it',
			{ waitMode: 'auto', more: { isToolExecution: () => true } },
			[],
		],
		[
			'says that n8n cannot do it',
			{ waitMode: 'suspend', more: { getExecuteData: () => undefined } },
			['because this version of n8n does not run a node again'],
		],
		[
			'says nothing of that either',
			{ waitMode: 'auto', more: { getExecuteData: () => undefined } },
			[],
		],
	])('%s', (_what, options, said) => {
		const { way, hints } = waiting(options);
		expect(way).toBeUndefined();
		expect(hints).toEqual(said.map((text) => expect.stringContaining(text)));
	});
});
