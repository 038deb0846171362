/**
 * The states of a run, as used by the journal, the sidebar, node status and progress messages. A run may skip states
 * but never goes back, except that RunComfy may put a request back into its queue.
 * - `reading`: reading and checking the fields
 * - `waiting`: the account's limit of concurrent runs is reached
 * - `submitting`: the submit was sent, without an answer so far
 * - `in_queue`, `in_progress`: as reported by RunComfy
 * - `fetching`: the request has ended, or was never made; files may still be downloading
 * - `ended`: the result or the error of the message is known
 */
export type State = 'reading' | 'waiting' | 'submitting' | AtRunComfy | 'fetching' | 'ended';
type AtRunComfy = 'in_queue' | 'in_progress';

/** Every state except `ended`. */
export type GoingState = Exclude<State, 'ended'>;

interface Appearance {
	/** Blue runs are counted as running in the node's status. */
	fill: 'blue' | 'yellow' | 'grey';
	shape: 'dot' | 'ring';
	/** Key of the status text, below `runcomfy.status` in the locales. */
	key: string;
	/** Icon in the sidebar when there is no thumbnail. */
	icon: string;
	/** Show only the text, without the elapsed time or queue position. */
	alone?: true;
}

const submitting: Appearance = {
	fill: 'blue',
	shape: 'ring',
	key: 'requesting',
	icon: 'clock-o',
};

/** How each state looks in the node's status and in the sidebar. */
export const APPEARANCES: Readonly<Record<GoingState, Appearance>> = {
	reading: submitting,
	waiting: {
		fill: 'yellow',
		shape: 'ring',
		key: 'waiting',
		icon: 'clock-o',
	},
	submitting,
	in_queue: {
		fill: 'yellow',
		shape: 'dot',
		key: 'inQueue',
		icon: 'clock-o',
	},
	in_progress: {
		fill: 'blue',
		shape: 'dot',
		key: 'running',
		icon: 'cog',
	},
	fetching: {
		fill: 'blue',
		shape: 'dot',
		key: 'fetching',
		icon: 'download',
	},
};

/**
 * Progress of a cancel: `asked` means no answer yet; `accepted`, that the run will end soon, canceled or not;
 * `refused`, that the run continues.
 */
export type CancelState = 'asked' | 'accepted' | 'refused';

const CANCEL_APPEARANCES: Readonly<Partial<Record<CancelState, Appearance>>> = {
	accepted: {
		fill: 'grey',
		shape: 'ring',
		key: 'cancellation_requested',
		icon: 'ban',
		alone: true,
	},
	refused: {
		fill: 'blue',
		shape: 'dot',
		key: 'runsOn',
		icon: 'cog',
		alone: true,
	},
};

const WAITING_FOR_DISK: Appearance = {
	fill: 'yellow',
	shape: 'ring',
	key: 'waitsForDisk',
	icon: 'clock-o',
	alone: true,
};

/** Facts that replace the run's state in the status text. */
interface Beside {
	cancel?: CancelState | undefined;
	/** The run is held until the journal can be written. */
	waitsForDisk?: boolean | undefined;
}

export function appearanceOf(state: GoingState, { cancel, waitsForDisk }: Beside): Appearance {
	if (waitsForDisk) return WAITING_FOR_DISK;
	return (cancel && CANCEL_APPEARANCES[cancel]) ?? APPEARANCES[state];
}

/** Returns a translated text. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;

/** Formats whole seconds, as `1:15` from one minute on. `status` translates the keys below `runcomfy.status`. */
export function writeDuration(seconds: number, status: Translate): string {
	if (seconds < 60) return status('seconds', { n: seconds });
	const hours = Math.floor(seconds / 3600);
	const minutes = Math.floor((seconds % 3600) / 60);
	const two = (n: number) => String(n).padStart(2, '0');
	const clock = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
	return hours > 0 ? `${hours}:${clock}` : clock;
}

/** A run's progress as users see it. Times are whole seconds. */
export interface ProgressView {
	queuePosition?: number | undefined;
	elapsedSeconds?: number | undefined;
}

/** Describes a run's progress in words. */
export function writeProgress(
	view: ProgressView,
	{ key, alone }: Appearance,
	status: Translate,
): string {
	const { queuePosition: n, elapsedSeconds }: ProgressView = alone ? {} : view;
	if (n !== undefined) return status('inQueueAt', { n });
	if (elapsedSeconds === undefined) return status(key);
	return status('runningFor', { time: writeDuration(elapsedSeconds, status) });
}
