/**
 * Where a run stands. The journal, the sidebar, the status and the messages of progress all use these states. A run
 * only goes forward, except that RunComfy may put a request back into its queue. It may skip any state.
 *
 * - `reading`: its fields are read and checked
 * - `waiting`: the account has no room yet
 * - `submitting`: the submit is on its way, and RunComfy has not answered
 * - `in_queue`, `in_progress`: RunComfy has the request
 * - `fetching`: the request has ended or was never made; its files may still be fetched
 * - `ended`: there is a result or an error for the message
 */
export type State = 'reading' | 'waiting' | 'submitting' | AtRunComfy | 'fetching' | 'ended';
type AtRunComfy = 'in_queue' | 'in_progress';

/** Every state before the end. */
export type GoingState = Exclude<State, 'ended'>;

interface Look {
	/** A node counts the runs that are blue as running. */
	fill: 'blue' | 'yellow' | 'grey';
	shape: 'dot' | 'ring';
	/** The name of its text below `runcomfy.status` in the catalogues. */
	text: string;
	/** The icon in the sidebar if there is no picture. */
	icon: string;
	/** Whether its text stands alone, without the time or the place in the queue. */
	alone?: true;
}

const submitting: Look = {
	fill: 'blue',
	shape: 'ring',
	text: 'requesting',
	icon: 'clock-o',
};

/** What each state looks like below a node and in the sidebar. */
export const LOOKS: Readonly<Record<GoingState, Look>> = {
	reading: submitting,
	waiting: {
		fill: 'yellow',
		shape: 'ring',
		text: 'waiting',
		icon: 'clock-o',
	},
	submitting,
	in_queue: {
		fill: 'yellow',
		shape: 'dot',
		text: 'inQueue',
		icon: 'clock-o',
	},
	in_progress: {
		fill: 'blue',
		shape: 'dot',
		text: 'running',
		icon: 'cog',
	},
	fetching: {
		fill: 'blue',
		shape: 'dot',
		text: 'fetching',
		icon: 'download',
	},
};

/**
 * Where the cancel of a run stands: RunComfy has not answered yet, has accepted it, so that the run ends soon in one
 * way or another, or has refused it, so that the run goes on.
 */
export type CancelState = 'asked' | 'accepted' | 'refused';

const CANCEL_LOOKS: Readonly<Partial<Record<CancelState, Look>>> = {
	accepted: {
		fill: 'grey',
		shape: 'ring',
		text: 'cancellation_requested',
		icon: 'ban',
		alone: true,
	},
	refused: {
		fill: 'blue',
		shape: 'dot',
		text: 'runsOn',
		icon: 'cog',
		alone: true,
	},
};

const WAITING_FOR_DISK: Look = {
	fill: 'yellow',
	shape: 'ring',
	text: 'waitsForDisk',
	icon: 'clock-o',
	alone: true,
};

/** What is known of a run besides its state, and shown instead. */
interface Beside {
	cancel?: CancelState | undefined;
	/** Whether it waits until the journal can be written. */
	waitsForDisk?: boolean | undefined;
}

export function lookOf(state: GoingState, { cancel, waitsForDisk }: Beside): Look {
	if (waitsForDisk) return WAITING_FOR_DISK;
	return (cancel && CANCEL_LOOKS[cancel]) ?? LOOKS[state];
}

/** Looks up a text in a language. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;

/** Writes whole seconds; from a minute on as a clock does, such as `1:15`. `status` looks up texts of the status. */
export function writeDuration(seconds: number, status: Translate): string {
	if (seconds < 60) return status('seconds', { n: seconds });
	const hours = Math.floor(seconds / 3600);
	const minutes = Math.floor((seconds % 3600) / 60);
	const two = (n: number) => String(n).padStart(2, '0');
	const clock = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
	return hours > 0 ? `${hours}:${clock}` : clock;
}

/** What users see of a run. Times are whole seconds. */
export interface ProgressView {
	queuePosition?: number | undefined;
	elapsedSeconds?: number | undefined;
	estimatedSeconds?: number | undefined;
}

/** Says in words where a run stands. */
export function writeProgress(
	view: ProgressView,
	{ text, alone }: Look,
	status: Translate,
): string {
	const { queuePosition: n, elapsedSeconds, estimatedSeconds }: ProgressView = alone ? {} : view;
	if (n !== undefined) return status('inQueueAt', { n });
	if (elapsedSeconds === undefined) return status(text);
	const time = writeDuration(elapsedSeconds, status);
	if (estimatedSeconds === undefined) return status('runningFor', { time });
	return status('runningOf', { time, total: writeDuration(estimatedSeconds, status) });
}
