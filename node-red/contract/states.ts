/**
 * The states of a run, as used by the sidebar, node status and progress messages. A run may skip states.
 * - `reading`: reading and checking the fields
 * - `waiting`: the account's limit of concurrent runs is reached, or RunComfy refuses the request for now
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

/** What decides how a run in progress looks. */
export interface Going {
	state: GoingState;
	cancel?: CancelState | undefined;
	queuePosition?: number | undefined;
	submittedAt?: number | undefined;
	startedAt?: number | undefined;
}

export function appearanceOf({ state, cancel }: Going): Appearance {
	return (cancel && CANCEL_APPEARANCES[cancel]) ?? APPEARANCES[state];
}

/** Since when a run is in the queue, or in progress; undefined if that is not known, or not shown. */
export function sinceWhen(run: Going): number | undefined {
	if (appearanceOf(run).alone) return undefined;
	if (run.state === 'in_queue') return run.submittedAt;
	return run.state === 'in_progress' ? run.startedAt : undefined;
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

/** Describes a run in progress in words, with the seconds since `sinceWhen`. */
export function words(run: Going, seconds: number | undefined, status: Translate): string {
	const { key, alone } = appearanceOf(run);
	const { state, queuePosition: n } = run;
	const queued = state === 'in_queue' && !alone && n !== undefined;
	const name = queued ? status('inQueueAt', { n }) : status(key);
	return seconds === undefined ? name : `${name} · ${writeDuration(seconds, status)}`;
}
