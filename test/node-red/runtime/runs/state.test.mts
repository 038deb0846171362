import { describe, expect, it } from '@jest/globals';
import {
	INITIAL,
	isCancelable,
	isUnanswered,
	next,
	type RunEvent,
	type RunState,
	STEPS,
	wantsCancel,
} from '../../../../node-red/runtime/runs/state.cts';

const ref = { deploymentId: 'd', requestId: 'r' };
const STEP_EVENTS: RunEvent[] = [
	{ is: 'submitting' },
	{ is: 'accepted', ref },
	{ is: 'settled' },
	{ is: 'ended' },
];
const after = (...events: RunEvent[]): RunState => events.reduce(next, INITIAL);

describe('the steps of a run', () => {
	it('are passed through in order', () => {
		const seen = STEP_EVENTS.map((_event, index) => after(...STEP_EVENTS.slice(0, index + 1)).step);
		expect([INITIAL.step, ...seen]).toEqual(STEPS);
	});

	it('never go back, in whatever order events come', () => {
		for (const first of STEP_EVENTS) {
			for (const second of STEP_EVENTS) {
				const { step } = after(first);
				const then = after(first, second).step;
				expect(STEPS.indexOf(then)).toBeGreaterThanOrEqual(STEPS.indexOf(step));
			}
		}
	});

	it('keep the id of an answer that came after the end', () => {
		expect(after({ is: 'ended' }, { is: 'accepted', ref })).toEqual({ step: 'ended', ref });
	});
});

describe('why a run stopped', () => {
	it('is the newer message, whoever else canceled it before or after', () => {
		const flow: RunEvent = { is: 'canceled', by: 'flow' };
		const newer: RunEvent = { is: 'canceled', by: 'newer' };
		expect(after(flow).canceledBy).toBe('flow');
		expect(after(flow, newer).canceledBy).toBe('newer');
		expect(after(newer, flow).canceledBy).toBe('newer');
	});

	it('is the first close of its node', () => {
		const closed = after({ is: 'closed', how: 'leave' }, { is: 'closed', how: 'cancel' });
		expect(closed.closed).toBe('leave');
	});

	it('is told with what RunComfy has answered last, and where the run stands by then', () => {
		const answered: RunEvent = { is: 'cancelAnswered', verdict: 'cancellation_requested' };
		const late: RunEvent = { is: 'cancelAnswered', verdict: 'not_cancellable' };
		expect(after({ is: 'submitting' }, answered, late)).toEqual({
			...{ step: 'submitting', cancelVerdict: 'not_cancellable' },
		});
	});
});

describe('what can be done with a run', () => {
	it('is a cancel until the request has ended or the node has closed', () => {
		expect(STEPS.filter((step) => isCancelable({ step }))).toEqual([
			'waiting',
			'submitting',
			'accepted',
		]);
		expect(isCancelable({ step: 'accepted', closed: 'leave' })).toBe(false);
	});

	it.each<[string, RunState, boolean]>([
		['goes on', { step: 'accepted' }, false],
		['was left to RunComfy', { step: 'accepted', closed: 'leave' }, false],
		['was closed with a cancel', { step: 'accepted', closed: 'cancel' }, true],
		['a flow canceled', { step: 'accepted', canceledBy: 'flow' }, true],
		[
			'was canceled, and then left',
			{ step: 'accepted', canceledBy: 'flow', closed: 'leave' },
			true,
		],
		[
			'RunComfy has answered about',
			{ step: 'accepted', canceledBy: 'flow', cancelVerdict: 'not_cancellable' },
			false,
		],
	])('one that %s: whether it wants its request canceled', (_what, state, expected) => {
		expect(wantsCancel(state)).toBe(expected);
	});

	it('is unanswered while neither its cancel nor its submit has an answer', () => {
		expect(STEPS.filter((step) => isUnanswered({ step }))).toEqual([
			'waiting',
			'submitting',
			'accepted',
		]);
		expect(isUnanswered({ step: 'accepted', cancelVerdict: 'unknown' })).toBe(false);
	});
});
