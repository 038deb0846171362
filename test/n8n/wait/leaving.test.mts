// How the node leaves n8n's memory, and what then looks after its requests: without n8n's engine.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { RunComfyError } from '../../../core/index.ts';
import { restartRuntime } from '../../../nodes/RunComfy/runtime.ts';
import type { Park } from '../../../nodes/RunComfy/session/ledger.ts';
import { failure, json, type Reply } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import { LEFT, type Options, TAKES, usePark } from './leaving.mts';

const { waiting, comeBack } = usePark();

beforeEach(restartRuntime);

describe('a node that leaves', () => {
	it('has its requests with the execution before n8n stores it, and an entry to come back by', async () => {
		const { leave, wait, executionId, host, own, stack } = waiting();
		expect(await leave()).toEqual([[]]);
		const [, ms, stored, before] = wait();
		expect(ms).toBe(90_000);
		expect(stored.requests?.['0']).toMatchObject({
			parked: {
				id: `0-${EPOCH}`,
				executionId,
				at: EPOCH,
				until: EPOCH + 90_000,
				secret: expect.stringMatching(/^[\da-f-]{36}$/),
			},
			entries: { 0: { receipt: { ids: { requestId: 'r0' } } } },
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

	it('comes back later each time that only n8n’s timer brings it back, up to five minutes', async () => {
		const times = [];
		let renewed: Park | undefined;
		for (let park = 0; park < 4; park += 1) {
			const { leave, wait, stored } = waiting({ renewed });
			await leave();
			times.push(wait()[1]);
			renewed = stored.requests?.['0']?.parked;
		}
		expect(times).toEqual([90_000, 180_000, 300_000, 300_000]);
		const { leave, wait } = waiting({ renewed });
		await leave([LEFT, LEFT]);
		expect(wait()[1]).toBe(90_000);
	});

	it('tells the user what it waits for', async () => {
		const { leave, hints } = waiting({ items: 7 });
		await leave(Array.from({ length: 7 }, () => LEFT));
		expect(hints).toEqual([
			expect.stringMatching(
				/^n8n has stored this execution while RunComfy works on requests r0, r1, r2, r3, r4 and 2 more\./,
			),
		]);
	});
});

describe('what looks after its requests', () => {
	const stoppedAt = 20_000;

	it.each<[string, Options]>([
		['deployment d was canceled', {}],
		[
			'deployment d had ended before it could be canceled',
			{ cancel: json({ status: 'not_cancellable' }) },
		],
		[
			'model m could not be canceled: it runs on and is billed',
			{ cancel: json({ status: 'not_cancellable' }), isModel: true },
		],
		[
			'deployment d may run on and be billed: RunComfy did not confirm its cancel',
			{ cancel: json({}, 500) },
		],
	])('cancels them once the execution was stopped, and says in the log: %s', async (what, more) => {
		const { leave, way, canceled, logged, host, executionId } = waiting({ stoppedAt, ...more });
		way?.prepare();
		await leave();
		await host.clock.sleep(60_000);
		expect(new Set(canceled())).toEqual(new Set(['r0']));
		expect(logged).toEqual([
			[
				`RunComfy request r0 of ${what}. Its parked execution was stopped or deleted (execution, node, run: ${executionId} Run 0)`,
				expect.objectContaining({ requestId: 'r0' }),
			],
		]);
	});

	it.each<[string, Options, string[]]>([
		['if the user does not want it', { cancelOnStop: false }, []],
		[
			'of several, if none is to be canceled for another that failed',
			{ items: 2, cancelOnFailure: false },
			[],
		],
		['of several', { items: 2 }, ['r0', 'r1']],
		['that a retry has not taken up', { items: 2, pickedUp: ['r0'] }, ['r1']],
		['of one, whatever becomes of others', { cancelOnFailure: false }, ['r0']],
	])('%s', async (_where, options, expected) => {
		const { leave, canceled, host } = waiting({ ...options, stoppedAt });
		await leave(Array.from({ length: options.items ?? 1 }, () => LEFT));
		await host.clock.sleep(60_000);
		expect(canceled()).toEqual(expected);
	});

	it('is n8n’s timer alone if n8n does not reach itself, and the user reads so', async () => {
		const { leave, way, hints, host, asked } = waiting({ n8n: () => failure('ECONNREFUSED') });
		way?.prepare();
		await host.clock.sleep(1_000);
		await leave();
		expect(hints[0]).toMatch(/cannot reach itself .* up to two minutes late.*WEBHOOK_URL/);
		const calls = asked().length;
		await host.clock.sleep(600_000);
		expect(asked()).toHaveLength(calls);
		expect(host.callsOf('status')).toEqual([]);
	});

	it('ends when the node comes back, which then knows what it has seen', async () => {
		const one = waiting();
		await one.leave();
		await one.host.clock.sleep(20_000);
		const looks = one.host.callsOf('status').length;
		expect(looks).toBeGreaterThan(0);
		const { ledger } = one;
		await comeBack(one.context, one.session);
		expect(ledger.find(0)?.receipt?.seen?.polls).toBe(looks);
		await one.host.clock.sleep(600_000);
		expect(one.host.callsOf('status')).toHaveLength(looks);
	});

	it('cancels nothing that a retry has taken up, however many retries write in the same moment', async () => {
		// As n8n does: it reads the whole list, and writes it back.
		let list: readonly string[] | undefined;
		const checkProcessedAndRecord = async (ids: readonly string[]) => {
			const before = list;
			await host.clock.sleep(10);
			if (!before && list) throw new Error('duplicate key value violates unique constraint');
			list = [...(before ?? []), ...ids];
			return { new: ids.filter((id) => !before?.includes(id)), processed: [] };
		};
		const { context, host } = waiting({ more: { helpers: { checkProcessedAndRecord } } });
		const ids = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
		const retries = ids.map((requestId) => {
			const ledger = {
				parkedBefore: { executionId: '1', id: '0-1' },
				runIndex: '0',
				resumed: false,
				entries: () => [[0, { receipt: { ids: { requestId, deploymentId: 'd' } } }]],
				addSeen: () => undefined,
			};
			return comeBack(context, { ledger, host } as never);
		});
		await Promise.all(retries);
		expect([...new Set(list)].sort()).toEqual(ids.map((id) => `runcomfy ${id}`));
	});

	it('ends as well when a retry of the execution takes its requests up', async () => {
		const one = waiting();
		await one.leave();
		await one.host.clock.sleep(20_000);
		const looks = one.host.callsOf('status').length;
		const seen: unknown[] = [];
		const { parked: parkedBefore } = one.stored.requests!['0']!;
		const ledger = {
			parkedBefore,
			runIndex: '3',
			resumed: false,
			entries: () => [],
			addSeen: (sights: ReadonlyMap<string, unknown>) => seen.push([...sights.keys()]),
		};
		const retry = { ...one.context, getExecutionId: () => 'another' } as IExecuteFunctions;
		await comeBack(retry, { ledger, host: one.host } as never);
		expect(seen).toEqual([[], ['r0']]);
		await one.host.clock.sleep(600_000);
		expect(one.host.callsOf('status')).toHaveLength(looks);
	});
});

describe('when to leave', () => {
	const leaves = async (options: Options, waitMs = 1_000) => {
		const { way, host, hints } = waiting(options);
		way?.begin(0);
		way?.accepted(0, Infinity);
		await host.clock.sleep(waitMs);
		return { left: way?.signal.aborted, hints, way };
	};

	it('is at once, if n8n reaches itself', async () => {
		expect(await leaves({ waitMode: 'auto' })).toMatchObject({ left: true, hints: [] });
		expect(await leaves({ waitMode: 'suspend' })).toMatchObject({ left: true, hints: [] });
	});

	it.each<[string, () => Reply | Error]>([
		['refuses', () => failure('ECONNREFUSED')],
		['is another server, which answers 200 to everything', () => json({})],
		['is another server, which answers 204 to everything', () => ({ status: 204 })],
	])('is not where what answers %s, unless the user says so', async (_what, n8n) => {
		expect(await leaves({ waitMode: 'auto', n8n })).toMatchObject({ left: false });
		expect(await leaves({ waitMode: 'suspend', n8n })).toMatchObject({ left: true });
	});

	it('is after 300 ms, however long n8n is looked for, if the user says so', async () => {
		const n8n = (): Reply => ({ ...TAKES, delayMs: 5_000 });
		expect(await leaves({ waitMode: 'suspend', n8n }, 299)).toMatchObject({ left: false });
		expect(await leaves({ waitMode: 'suspend', n8n }, 301)).toMatchObject({ left: true });
		expect(await leaves({ waitMode: 'auto', n8n }, 4_000)).toMatchObject({ left: false });
	});

	it('is said to be never, once a run is seen to go on', async () => {
		const { way, host, hints } = waiting({ waitMode: 'auto', n8n: () => failure('ECONNREFUSED') });
		way?.begin(0);
		way?.polled(0, { status: 'in_progress', elapsed_ms: 1_000 } as never, Infinity);
		await host.clock.sleep(1_000);
		expect(hints).toEqual([
			expect.stringMatching(/holds the execution in its memory .* cannot reach itself/),
		]);
	});
});

describe('a node that stays', () => {
	it.each<[string, Options, string[]]>([
		['says nothing if the user wants that', { waitMode: 'poll' }, []],
		[
			'says why if the user wants the other',
			{ waitMode: 'suspend', more: { isToolExecution: () => true } },
			['because an AI agent waits'],
		],
		[
			'says nothing if it is left to it',
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
