import type { Node, NodeAPI, NodeMessage, NodeMessageInFlow, NodeStatus } from 'node-red';
import {
	type CancelStatus,
	compact,
	type Ids,
	idsIn,
	type ResultAnswer,
	type StatusAnswer,
} from '../../../core';
import type { RunView } from '../../contract/jobs';
import {
	appearanceOf,
	APPEARANCES,
	type Going,
	sinceWhen,
	type Translate,
	words,
} from '../../contract/states';
import { isTrue } from '../inputs/inputs';
import { succeeds } from './handler';

/** Work that the status shows. */
export interface Shown {
	readonly view: Pick<RunView, 'state' | 'requestId' | keyof Going>;
}

/** What the status shows while the node works on no message. */
export interface IdleStatus {
	fill: 'green' | 'red' | 'grey' | 'blue';
	shape: 'dot' | 'ring';
	/** The state for flows. Also the key of the text under `runcomfy.status`. */
	state: string;
	/** The error code to show instead of a text. Catch nodes and the help use the same code. */
	code?: string;
	requestId?: string | undefined;
}

/**
 * The status that a node publishes. Node-RED shows the first three properties in the editor; a *Status* node gets
 * all of them. The text is in the language of the runtime. A key would be translated by each editor, but without
 * numbers, and a *Status* node would get only the key.
 */
export interface ShownStatus extends NodeStatus {
	state?: string;
	code?: string;
	requestId?: string;
	/** How many messages are in progress and how many wait, if there are several. */
	running?: number;
	queued?: number;
}

/**
 * Minimum milliseconds between two updates: each update goes over the websocket to every open editor.
 * @public Tests wait for it.
 */
export const MIN_STATUS_GAP_MS = 500;

const NOTHING = JSON.stringify({});

/**
 * The status of one node for all messages that it works on. Published only when it changes, at most twice a second.
 * The last state is always published.
 */
export class StatusBoard {
	readonly #node: Node;
	/** The work in progress, and whether it is running. Counted as it comes and goes, because thousands may wait. */
	readonly #active = new Map<object, boolean>();
	#running = 0;
	#idle: IdleStatus | undefined;
	readonly #feed: ChangeFeed<ShownStatus>;

	constructor(RED: NodeAPI, node: Node) {
		const translate = translateOf(RED);
		const current = () => {
			const { size } = this.#active;
			if (size === 0) return { value: this.#idle ? renderIdle(this.#idle, translate) : {} };
			const [only] = this.#active.keys();
			return size === 1
				? renderOne((only as Shown).view, translate)
				: renderMany(size, this.#running, translate);
		};
		const publish = (status: ShownStatus) => node.status(status);
		this.#node = node;
		this.#feed = new ChangeFeed({ gapMs: MIN_STATUS_GAP_MS, current, publish }, NOTHING);
	}

	/** Shows the present state of one message's work. */
	show(work: Shown): void {
		this.#remove(work);
		const { state } = work.view;
		const isRunning = state !== 'ended' && APPEARANCES[state].fill === 'blue';
		this.#active.set(work, isRunning);
		this.#running += Number(isRunning);
		this.#feed.update();
	}

	/** Shows how one message's work ended, once no other work goes on. */
	finish(work: object, status: IdleStatus): void {
		this.#remove(work);
		this.#idle = status;
		this.#feed.update();
	}

	/** Removes one message's work from the status. */
	drop(work: object): void {
		if (this.#remove(work)) this.#feed.update();
	}

	/** Clears the status. Nothing is published after that. */
	close(): void {
		this.#feed.close();
		if (this.#feed.last !== NOTHING) this.#node.status({});
		this.#feed.last = NOTHING;
	}

	/** @returns whether the work was there */
	#remove(work: object): boolean {
		this.#running -= Number(this.#active.get(work) ?? false);
		return this.#active.delete(work);
	}
}

/** Shows how many messages are in progress, and how many wait. */
function renderMany(size: number, running: number, translate: Translate): Current<ShownStatus> {
	const queued = size - running;
	const counts = { nRunning: running, nQueued: queued };
	const text = Object.entries(counts)
		.flatMap(([name, n]) => (n > 0 ? [translate(name, { n })] : []))
		.join(' · ');
	const fill = running > 0 ? 'blue' : 'yellow';
	const state = running > 0 ? 'in_progress' : 'waiting';
	return { value: { fill, shape: 'dot', text, state, running, queued } };
}

function renderIdle({ requestId, ...status }: IdleStatus, translate: Translate): ShownStatus {
	const text = status.code ?? translate(status.state);
	return { ...status, text, ...(requestId === undefined ? {} : { requestId }) };
}

function renderOne(view: Shown['view'], translate: Translate): Current<ShownStatus> {
	const going = goingOf(view);
	const { fill, shape } = appearanceOf(going);
	const { seconds, staleInMs } = secondsOf(going);
	const { requestId } = view;
	return {
		value: {
			fill,
			shape,
			text: words(going, seconds, translate),
			state: stateForFlows(going),
			...(requestId === undefined ? {} : { requestId }),
		},
		staleInMs,
	};
}

/** A run that has ended still looks as if its files were fetched, until its message leaves. */
function goingOf({ state, ...view }: Shown['view']): Going {
	return { ...view, state: state === 'ended' ? 'fetching' : state };
}

/** A run that sends progress messages. */
interface Reported extends Shown {
	readonly nodeId: string;
	readonly msg: NodeMessageInFlow;
	/** The message's topic when the run began. */
	readonly topic: unknown;
	readonly receipt: { readonly ids: Ids };
	readonly instance: { readonly RED: NodeAPI };
}

export type ProgressFeed = ChangeFeed<NodeMessage>;

/** The present instance of a node. */
type Present = (nodeId: string) => { readonly node: Node; readonly def: object } | undefined;

/**
 * Creates progress messages about one run, sent on the second output of its node if the node has one: only when
 * something changes, at most two a second.
 */
export function createProgressFeed(run: Reported, present: Present): ProgressFeed {
	const translate = translateOf(run.instance.RED);
	const feed: ProgressFeed = new ChangeFeed({
		gapMs: MIN_STATUS_GAP_MS,
		current() {
			const going = goingOf(run.view);
			const { seconds, staleInMs } = secondsOf(going);
			return { value: progressMessage(run, going, seconds, translate), staleInMs };
		},
		publish(message) {
			const instance = present(run.nodeId);
			const sends = instance && sendsProgress(instance);
			if (sends) succeeds(() => instance.node.send([null, message]));
			else feed.last = '';
		},
	});
	return feed;
}

/** Whether a node has an output for progress messages. */
export function sendsProgress({ def }: { readonly def: object }): boolean {
	return isTrue((def as { progress?: unknown }).progress);
}

/** Creates a new message, since the run's own message must not be sent before the end. */
function progressMessage(
	{ msg, topic, receipt }: Reported,
	going: Going,
	seconds: number | undefined,
	translate: Translate,
): NodeMessage {
	const state = stateForFlows(going);
	const { queuePosition, submittedAt, startedAt } = going;
	return compact<Record<string, unknown>>({
		_msgid: msg._msgid,
		// An object would be shared with the run's message.
		topic: typeof topic === 'object' ? undefined : topic,
		payload: compact({
			state,
			text: words(going, seconds, translate),
			queue_position: queuePosition,
			elapsed_seconds: seconds,
			submitted_at: isoTime(submittedAt),
			started_at: isoTime(startedAt),
		}),
		...idsIn(receipt.ids),
		status: state,
	});
}

function isoTime(ms: number | undefined): string | undefined {
	return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** The seconds that a run is in its state. Counted in steps, so that a long run is not reported every second. */
function secondsOf(going: Going): { seconds?: number; staleInMs?: number } {
	const since = sinceWhen(going);
	if (since === undefined) return {};
	const elapsedMs = Math.max(0, Date.now() - since);
	const seconds = floorToStep(elapsedMs / 1000);
	return { seconds, staleInMs: (seconds + stepAt(seconds)) * 1000 - elapsedMs };
}

/** Seconds between two steps: one at first, then more. */
function stepAt(seconds: number): number {
	if (seconds < 10) return 1;
	return seconds < 60 ? 5 : 15;
}

function floorToStep(seconds: number): number {
	const step = stepAt(seconds);
	return Math.floor(seconds / step) * step;
}

/** The state for flows. For them, a run counts as submitted as soon as its message is read. */
function stateForFlows({ state, cancel }: Going): string {
	if (cancel === 'accepted') return 'cancellation_requested';
	return state === 'reading' ? 'submitting' : state;
}

/** Translates texts of the status into the language of the server. */
function translateOf(RED: NodeAPI): Translate {
	return (name, values = {}) => RED._(`runcomfy.status.${name}`, values);
}

/** What to show now, and after how many milliseconds it would change by itself. */
interface Current<T> {
	value: T;
	staleInMs?: number | undefined;
}

interface FeedOptions<T> {
	gapMs: number;
	current: () => Current<T>;
	publish: (value: T) => void;
}

/** Publishes a value when it changes, at most once in `gapMs`. The last value is always published. */
export class ChangeFeed<T> {
	/** The last published value as JSON. The owner clears it if that value was lost. */
	last: string;
	readonly #options: FeedOptions<T>;
	/** When the last value was published, by the system clock. */
	#lastAt = -Infinity;
	#timer: NodeJS.Timeout | undefined;
	/** When the timer fires, by the system clock. */
	#due = Infinity;
	#closed = false;

	/** @param last the value that is already shown, as JSON */
	constructor(options: FeedOptions<T>, last = '') {
		this.#options = options;
		this.last = last;
	}

	/** Call this after every change of the observed data. */
	update(): void {
		if (this.#closed) return;
		const ms = this.#waitMs();
		if (ms <= 0) this.#flush();
		// A burst of changes counts as one.
		else if (this.#due > Date.now() + ms) this.#flushIn(ms);
	}

	/** Publishes nothing from then on, and clears the timer. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
	}

	// The minimum guards against a clock that is set back, which would lengthen the wait.
	#waitMs(): number {
		const { gapMs } = this.#options;
		return Math.min(gapMs, this.#lastAt + gapMs - Date.now());
	}

	#flushIn(ms: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#flush(), ms);
		this.#due = Date.now() + ms;
	}

	#flush(): void {
		clearTimeout(this.#timer);
		this.#due = Infinity;
		const { value, staleInMs } = this.#options.current();
		const json = JSON.stringify(value);
		if (json !== this.last) {
			this.last = json;
			this.#lastAt = Date.now();
			this.#options.publish(value);
		}
		// `publish` may have closed the feed.
		if (staleInMs === undefined || this.#closed) return;
		this.#flushIn(Math.max(staleInMs, this.#waitMs()));
	}
}

/** A state in which a call finds or leaves a request. */
type CallState = StatusAnswer['status'] | ResultAnswer['status'] | CancelStatus | 'done';

export function idleStatusOf(state: CallState): IdleStatus {
	const { fill, shape = 'dot' } = IDLE_APPEARANCES[state];
	return { fill, shape, state };
}

const IDLE_APPEARANCES: Record<
	CallState,
	Pick<IdleStatus, 'fill'> & Partial<Pick<IdleStatus, 'shape'>>
> = {
	in_queue: { fill: 'blue', shape: 'ring' },
	in_progress: { fill: 'blue' },
	done: { fill: 'green' },
	completed: { fill: 'green' },
	succeeded: { fill: 'green' },
	failed: { fill: 'red' },
	canceled: { fill: 'grey' },
	cancellation_requested: { fill: 'green' },
	not_cancellable: { fill: 'grey', shape: 'ring' },
	unknown: { fill: 'grey', shape: 'ring' },
};
