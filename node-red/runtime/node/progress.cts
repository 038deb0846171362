import { CANCEL_ACCEPTED, type GoingState, LOOKS, writeDuration } from '../../contract/states.cjs';
import type { Look } from './changeFeed.cjs';

/** Where one message's work stands, and what is known of it. */
export interface Shown {
	state: GoingState;
	requestId?: string | undefined;
	/** As RunComfy counts. */
	queuePosition?: number | undefined;
	/** Milliseconds since the epoch, by this process's clock. */
	runningSince?: number | undefined;
	/** Milliseconds that such runs usually take. */
	estimatedMs?: number | undefined;
	/** Whether RunComfy has accepted its cancel. */
	cancelAccepted?: true;
}

/** How a state looks to people; seconds go in steps, so that a long run is not reported every second. */
export interface ProgressView {
	queuePosition?: number;
	elapsedSeconds?: number;
	estimatedSeconds?: number;
}

export function viewProgress(shown: Shown, now: number): Look<ProgressView> {
	const { state, queuePosition, runningSince, estimatedMs, cancelAccepted } = shown;
	if (cancelAccepted) return { value: {} };
	if (state === 'in_queue') {
		return { value: queuePosition === undefined ? {} : { queuePosition } };
	}
	if (state !== 'in_progress' || runningSince === undefined) return { value: {} };
	const elapsedMs = Math.max(0, now - runningSince);
	const elapsedSeconds = floorToStep(elapsedMs / 1000);
	return {
		value: {
			elapsedSeconds,
			...(estimatedMs === undefined ? {} : { estimatedSeconds: roundToStep(estimatedMs / 1000) }),
		},
		staleInMs: (elapsedSeconds + stepAt(elapsedSeconds)) * 1000 - elapsedMs,
	};
}

/** Seconds between two steps: each second at first, then fewer. */
function stepAt(seconds: number): number {
	if (seconds < 10) return 1;
	return seconds < 60 ? 5 : 15;
}

function floorToStep(seconds: number): number {
	const step = stepAt(seconds);
	return Math.floor(seconds / step) * step;
}

function roundToStep(seconds: number): number {
	const step = stepAt(seconds);
	return Math.max(1, Math.round(seconds / step) * step);
}

/** The name of a state for flows, for which a run is submitted as soon as it is read. */
export function stateForFlows({ state, cancelAccepted }: Shown): string {
	if (cancelAccepted) return CANCEL_ACCEPTED.text;
	return state === 'reading' ? 'submitting' : state;
}

export function lookOf({ state, cancelAccepted }: Shown) {
	return cancelAccepted ? CANCEL_ACCEPTED : LOOKS[state];
}

/** The key of a text in the node's catalogue. */
export function statusKey(name: string): string {
	return `runcomfy.status.${name}`;
}

/** Looks a text up in the node's catalogue. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;

/** Of the usual run time, below 100 for as long as a run goes on; undefined if that is not known. */
export function percentOf({ elapsedSeconds, estimatedSeconds }: ProgressView): number | undefined {
	if (elapsedSeconds === undefined || estimatedSeconds === undefined) return undefined;
	return Math.min(99, Math.floor((100 * elapsedSeconds) / estimatedSeconds));
}

/** Where the work stands in words, as the status below a node has them. */
export function progressText(shown: Shown, view: ProgressView, translate: Translate): string {
	const { queuePosition: n, elapsedSeconds, estimatedSeconds } = view;
	if (n !== undefined) return translate(statusKey('inQueueAt'), { n });
	if (elapsedSeconds === undefined) return translate(statusKey(lookOf(shown).text));
	const write = (seconds: number) =>
		writeDuration(seconds, (count) => translate(statusKey('seconds'), { n: count }));
	const time = write(elapsedSeconds);
	return estimatedSeconds === undefined
		? translate(statusKey('runningFor'), { time })
		: translate(statusKey('runningOf'), { time, total: write(estimatedSeconds) });
}
