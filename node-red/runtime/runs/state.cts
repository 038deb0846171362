import type { CancelOutcome, RequestRef } from '../../../core/index.js';
import type { StopMode } from '../node/jobs.cjs';

/**
 * The steps of a run. They only go forward, and any of them may be left out: a message that is refused
 * ends at once.
 *
 * waiting → submitting → accepted → settled → ended
 *
 * - `waiting`: nothing was submitted; the fields are read, or the account has no room yet
 * - `submitting`: the submit is on its way, and RunComfy has not answered
 * - `accepted`: RunComfy has the request
 * - `settled`: the request has ended or was never made; its result may still be fetched
 * - `ended`: there is a result or an error for the message
 */
export const STEPS = ['waiting', 'submitting', 'accepted', 'settled', 'ended'] as const;
type Step = (typeof STEPS)[number];

/** Who canceled a run: the flow or a user, or a newer message with the same topic. */
export type Canceler = 'flow' | 'newer';

/** What RunComfy answered to a cancel. */
export type CancelVerdict = CancelOutcome | 'no answer';

/** Where a run stands, and why it was stopped if it was. Plain data. */
export interface RunState {
	readonly step: Step;
	/** Once accepted. */
	readonly ref?: RequestRef | undefined;
	readonly canceledBy?: Canceler;
	/** Its node closed, and canceled the request or left it to RunComfy. The first close counts. */
	readonly closed?: StopMode;
	/** Once a cancel was sent and answered, or given up on. */
	readonly cancelVerdict?: CancelVerdict;
}

export type RunEvent =
	| { is: 'submitting' }
	| { is: 'accepted'; ref: RequestRef }
	| { is: 'settled' }
	| { is: 'ended' }
	| { is: 'canceled'; by: Canceler }
	| { is: 'closed'; how: StopMode }
	| { is: 'cancelAnswered'; verdict: CancelVerdict };

// Thousands of states are kept: what is named from the start costs less than what is added (see `assign`).
export const INITIAL: RunState = { step: 'waiting', ref: undefined };

export function next(state: RunState, event: RunEvent): RunState {
	switch (event.is) {
		case 'accepted':
			return { ...forward(state, 'accepted'), ref: event.ref };
		case 'canceled':
			// A newer message explains the end better, whoever else canceled it.
			return { ...state, canceledBy: state.canceledBy === 'newer' ? 'newer' : event.by };
		case 'closed':
			return { ...state, closed: state.closed ?? event.how };
		case 'cancelAnswered':
			return { ...state, cancelVerdict: event.verdict };
		default:
			return forward(state, event.is);
	}
}

function forward(state: RunState, step: Step): RunState {
	return STEPS.indexOf(step) > STEPS.indexOf(state.step) ? { ...state, step } : state;
}

/** Whether there is something to cancel. */
export function isCancelable({ step, closed }: RunState): boolean {
	return step !== 'settled' && step !== 'ended' && closed === undefined;
}

/** Whether RunComfy is to be asked to cancel the request of a run whose wait was interrupted. */
export function wantsCancel({ canceledBy, closed, cancelVerdict }: RunState): boolean {
	return closed === 'cancel' || (canceledBy !== undefined && cancelVerdict === undefined);
}

/** Whether it is not known what became of the request of a run that was stopped. */
export function isUnanswered({ step, cancelVerdict }: RunState): boolean {
	return step !== 'settled' && step !== 'ended' && cancelVerdict === undefined;
}
