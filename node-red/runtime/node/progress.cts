import type { NodeAPI } from 'node-red';
import {
	type CancelState,
	type GoingState,
	type ProgressView,
	type Translate,
} from '../../contract/states.cjs';
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
	cancel?: CancelState | undefined;
}

/** Seconds go in steps, so that a long run is not reported every second. */
export function viewProgress(shown: Shown, now: number): Look<ProgressView> {
	const { state, queuePosition, runningSince, estimatedMs, cancel } = shown;
	if (cancel === 'accepted') return { value: {} };
	if (state === 'in_queue') return { value: { queuePosition } };
	if (state !== 'in_progress' || runningSince === undefined) return { value: {} };
	const elapsedMs = Math.max(0, now - runningSince);
	const elapsedSeconds = floorToStep(elapsedMs / 1000);
	return {
		value: {
			elapsedSeconds,
			estimatedSeconds: estimatedMs === undefined ? undefined : roundToStep(estimatedMs / 1000),
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
export function stateForFlows({ state, cancel }: Shown): string {
	if (cancel === 'accepted') return 'cancellation_requested';
	return state === 'reading' ? 'submitting' : state;
}

/** Texts of the status, in the language of the server. */
export function translateOf(RED: NodeAPI): Translate {
	return (name, values = {}) => RED._(`runcomfy.status.${name}`, values);
}

/** Of the usual run time, below 100 for as long as a run goes on; undefined if that is not known. */
export function percentOf({ elapsedSeconds, estimatedSeconds }: ProgressView): number | undefined {
	if (elapsedSeconds === undefined || estimatedSeconds === undefined) return undefined;
	return Math.min(99, Math.floor((100 * elapsedSeconds) / estimatedSeconds));
}
