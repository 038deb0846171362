// What the node answers to a call under the address of its parked execution: without n8n's engine.
import { describe, expect, it } from '@jest/globals';
import { EPOCH } from '../../support/virtualClock.mts';
import { calling, type Options, type States, takeMs, useCalls } from './answering.mts';

useCalls();

const OVER = { workflowData: [] };
const PARKED = { webhookResponse: 'runcomfy parked p' };
const WAKE = { runcomfy: 'wake' };
const CALL = { runcomfy: 'call' };

describe('a call for a parked execution', () => {
	it('has it go on when its requests have ended, so that it can be retried in any way', async () => {
		const { call, run, stack } = calling({ states: { a: 'completed', b: 'canceled' } });
		expect(await call(WAKE)).toEqual(OVER);
		expect(run.woken).toBe('other');
		expect(stack.map(({ node }) => node.name)).toEqual(['Run', 'Other']);
	});

	it.each(['in_queue', 'in_progress', 'a word of next year'])(
		'leaves it parked while one of them is %s',
		async (state) => {
			const { call, run, stack } = calling({ states: { a: 'completed', b: state } });
			expect(await call(WAKE)).toEqual(PARKED);
			expect(run).not.toHaveProperty('woken');
			expect(stack).toHaveLength(3);
		},
	);

	it('that only asks costs no look', async () => {
		const { call, looks } = calling({ states: { a: 'completed' } });
		expect(await call({ runcomfy: 'ask' })).toEqual(PARKED);
		expect(looks()).toEqual([]);
	});

	it('is told where none is parked at this node', async () => {
		const { call } = calling({ states: { a: 'completed' }, parked: false });
		expect(await call(WAKE)).toEqual({ webhookResponse: 'runcomfy parked elsewhere' });
	});

	it.each<[string, Options]>([
		['there is no credential any more', { states: { a: 'completed' }, credential: false }],
		['RunComfy is not there', { states: { a: { status: 503 } } }],
		['RunComfy says that there is no such request', { states: { a: { status: 404 } } }],
	])('leaves it parked where %s, and throws nothing', async (_what, options) => {
		const { call, host } = calling(options);
		expect(await call(WAKE)).toEqual(PARKED);
		// n8n's timer looks again: no retries, for which the caller would have to wait.
		expect(host.calls.length).toBeLessThanOrEqual(1);
	});

	it('asks once for a result that RunComfy does not give', async () => {
		const states = { a: { status: 'in_progress', result: { status: 503 } } };
		const { call, looks } = calling({ states });
		expect(await call(WAKE)).toEqual(PARKED);
		expect(looks()).toEqual(['a status', 'a result']);
	});

	it('looks past a status that stays behind: the result decides', async () => {
		const states = { a: { status: 'in_progress', result: 'succeeded' } };
		const { call, looks } = calling({ states });
		expect(await call(WAKE)).toEqual(OVER);
		expect(looks()).toEqual(['a status', 'a result']);
	});

	it('asks no more of a request that was seen to end', async () => {
		const states: States = { a: 'completed', b: 'in_progress' };
		const { call, looks } = calling({ states });
		await call(WAKE);
		states['b'] = 'completed';
		expect(await call(WAKE)).toEqual(OVER);
		expect(looks()).toEqual(['a status', 'b status', 'b result', 'b status']);
	});

	it('has it go on at the end of a timeout, without a look', async () => {
		const waited = (deadline: number) =>
			calling({ states: { a: 'in_progress' }, deadlines: { a: deadline } });
		const over = waited(EPOCH);
		expect(await over.call(WAKE)).toEqual(OVER);
		expect(over.looks()).toEqual([]);
		expect(await waited(EPOCH + 1).call(WAKE)).toEqual(PARKED);
	});
});

describe('a node that stops at a failure', () => {
	const states = { a: 'in_progress', b: { status: 'completed', result: 'failed' } };

	it.each([
		[true, OVER],
		[false, PARKED],
	])('(%s) goes on for the one that has failed', async (stopAtFailure, expected) => {
		expect(await calling({ states, stopAtFailure }).call(WAKE)).toEqual(expected);
	});

	it.each(['succeeded', 'in_progress'])('does not for one that has %s', async (result) => {
		const others = { a: 'in_progress', b: { status: 'completed', result } };
		const { call } = calling({ states: others, stopAtFailure: true });
		expect(await call(WAKE)).toEqual(PARKED);
	});

	it('does for one that was canceled, and for one whose timeout is over', async () => {
		const canceled = { a: 'in_progress', b: { status: 'completed', result: 'canceled' } };
		expect(await calling({ states: canceled, stopAtFailure: true }).call(WAKE)).toEqual(OVER);
		const late = calling({
			...{ states: { a: 'in_progress', b: 'in_progress' }, stopAtFailure: true },
			deadlines: { b: EPOCH },
		});
		expect(await late.call(WAKE)).toEqual(OVER);
	});

	it('does for one of several that have ended', async () => {
		const more = { c: { status: 'completed', result: 'succeeded' }, ...states };
		expect(await calling({ states: more, stopAtFailure: true }).call(WAKE)).toEqual(OVER);
	});

	it.each(['failed', 'succeeded'])(
		'asks no more for a result that is known: %s',
		async (result) => {
			const known = { a: 'in_progress', b: { status: 'completed', result } };
			const { call, looks } = calling({ states: known, stopAtFailure: true });
			const expected = result === 'failed' ? OVER : PARKED;
			expect([await call(WAKE), await call(WAKE)]).toEqual([expected, expected]);
			expect(looks().filter((look) => look === 'b result')).toHaveLength(1);
		},
	);
});

describe('a call from RunComfy', () => {
	it('is answered so that RunComfy calls again, where its own result lags behind', async () => {
		const { call, answered, run, own } = calling({ states: { a: 'in_progress' } });
		expect(await call(CALL, { request_id: own('a') })).toEqual({ noWebhookResponse: true });
		expect(answered).toEqual([
			['retry-after', '5'],
			503,
			{ message: 'RunComfy says that the request has not ended' },
		]);
		expect(run).not.toHaveProperty('woken');
	});

	it('wakes the execution, and is known to have come', async () => {
		const { call, run, own } = calling({ states: { a: 'completed' } });
		expect(await call(CALL, { request_id: own('a') })).toEqual(OVER);
		expect(run.woken).toBe('runcomfy');
	});

	it('for one of many has the others asked for only until one goes on', async () => {
		const states = { a: 'in_progress', b: 'in_progress', c: 'in_progress', d: 'completed' };
		const { call, looks, answered, own } = calling({ states });
		expect(await call(CALL, { request_id: own('d') })).toEqual(PARKED);
		expect(looks()).toEqual(['d status', 'a status', 'a result']);
		expect(answered).toEqual([]);
	});

	it('asks for the others in growing groups', async () => {
		const states: States = { a: 'completed', b: 'completed', c: 'completed', d: 'in_progress' };
		const more = { e: 'completed', f: 'completed', g: 'completed', h: 'completed' };
		const { call, looks, own } = calling({ states: { ...states, ...more } });
		expect(await call(CALL, { request_id: own('e') })).toEqual(PARKED);
		expect(looks()).toEqual([
			...['e status', 'a status', 'b status', 'c status'],
			...['d status', 'f status', 'g status', 'd result'],
		]);
	});

	it.each([{}, { request_id: 7 }, { request_id: 'another' }])(
		'that names none of its requests is a call as any other: %j',
		async (body) => {
			const { call, answered } = calling({ states: { a: 'in_progress' } });
			expect(await call(CALL, body)).toEqual(PARKED);
			expect(answered).toEqual([]);
		},
	);

	it('is the only one whose body counts', async () => {
		const { call, looks, own } = calling({ states: { a: 'in_progress', b: 'in_progress' } });
		expect(await call(WAKE, { request_id: own('b') })).toEqual(PARKED);
		expect(looks()).toEqual(['a status', 'b status', 'a result', 'b result']);
	});
});

describe('a look that took too long', () => {
	// n8n may have gone on with the execution meanwhile: with the old one, what was submitted since
	// would be submitted twice.
	it('leaves the execution parked, and the next call has it go on without another look', async () => {
		takeMs(500);
		const { call, run, looks, host } = calling({ states: { a: 'completed' } });
		expect(await call(WAKE)).toEqual(PARKED);
		expect(run).not.toHaveProperty('woken');
		const woken = host.calls.filter(({ path }) => path.startsWith('/webhook-waiting'));
		expect(woken).toMatchObject([
			{
				path: '/webhook-waiting/7/runcomfy?signature=s&runcomfy=wake',
				request: { method: 'POST' },
			},
		]);
		expect(await call(WAKE)).toEqual(OVER);
		expect(looks()).toEqual(['a status']);
		// Once: the execution may be parked again.
		expect(await call(WAKE)).toEqual(PARKED);
	});

	it('has nobody call where there is no address', async () => {
		takeMs(500);
		const { call, run, host } = calling({ states: { a: 'completed' } });
		delete run.parked?.address;
		expect(await call(WAKE)).toEqual(PARKED);
		expect(host.calls).toHaveLength(1);
		expect(await call(WAKE)).toEqual(OVER);
	});

	it('is one of half a second', async () => {
		takeMs(499);
		expect(await calling({ states: { a: 'completed' } }).call(WAKE)).toEqual(OVER);
	});

	it('says nothing of another time at which the execution was parked', async () => {
		takeMs(500);
		const { call, run } = calling({ states: { a: 'completed' } });
		expect(await call(WAKE)).toEqual(PARKED);
		run.parked = { ...run.parked!, id: 'p2' };
		expect(await call(WAKE)).toEqual({ webhookResponse: 'runcomfy parked p2' });
	});

	it('that has found a request under way has nobody call', async () => {
		takeMs(10_000);
		const { call, host } = calling({ states: { a: 'in_progress' } });
		expect(await call(WAKE)).toEqual(PARKED);
		expect(host.calls.filter(({ path }) => path.startsWith('/webhook-waiting'))).toEqual([]);
	});
});

it('what is known of ends is that of the last thousand', async () => {
	const ids = Array.from({ length: 1_001 }, (_, n) => [`r${n}`, 'completed']);
	const { call, looks } = calling({ states: Object.fromEntries(ids) as States });
	expect(await call(WAKE)).toEqual(OVER);
	expect(looks()).toHaveLength(1_001);
	expect(await call(WAKE)).toEqual(OVER);
	expect(looks().slice(1_001)).toEqual(['r0 status']);
});
