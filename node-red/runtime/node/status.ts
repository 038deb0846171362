import type { Node, NodeAPI, NodeMessage, NodeMessageInFlow, NodeStatus } from 'node-red';
import {
	type CancelStatus,
	compact,
	type Ids,
	idsIn,
	type ResultAnswer,
	type StatusAnswer,
} from '../../../core';
import {
	appearanceOf,
	APPEARANCES,
	type CancelState,
	type GoingState,
	type ProgressView,
	type Translate,
	writeProgress,
} from '../../contract/states';
import { protectionChanged, unprotectedBecause } from '../journal/journal';
import { succeeds } from './handler';

/** The state of one message's work, and the facts to show about it. */
export interface Shown {
	state: GoingState;
	requestId?: string | undefined;
	/** The place in the queue, as RunComfy counts it. */
	queuePosition?: number | undefined;
	/** When the run started, in milliseconds since the epoch, by this process's clock. */
	runningSince?: number | undefined;
	cancel?: CancelState | undefined;
	/** Whether the work waits until the journal can be written. */
	waitsForDisk?: true | undefined;
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
	/** Set while the journal cannot be written, so that runs do not survive a restart. */
	unprotected?: true;
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
	/** The work in progress. Counted as it comes and goes, because thousands of messages may wait. */
	readonly #active = new Map<object, Shown>();
	#running = 0;
	#idle: IdleStatus | undefined;
	readonly #feed: ChangeFeed<ShownStatus>;
	readonly #stopListening: () => void;

	constructor(RED: NodeAPI, node: Node) {
		const translate = translateOf(RED);
		const current = () => {
			const { size } = this.#active;
			if (size === 0) return { value: this.#idle ? renderIdle(this.#idle, translate) : {} };
			const [only] = this.#active.values();
			const shown =
				only && size === 1
					? renderOne(only, translate)
					: renderMany(size, this.#running, translate);
			return withProtection(shown, translate);
		};
		const publish = (status: ShownStatus) => node.status(status);
		this.#node = node;
		this.#feed = new ChangeFeed({ gapMs: MIN_STATUS_GAP_MS, current, publish }, NOTHING);
		this.#stopListening = protectionChanged().add(() => this.#feed.update());
	}

	/** Shows the state of one message's work, identified by `work`. */
	show(work: object, shown: Shown): void {
		this.#remove(work);
		this.#active.set(work, shown);
		this.#running += Number(isRunning(shown));
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
		this.#stopListening();
		this.#feed.close();
		if (this.#feed.last !== NOTHING) this.#node.status({});
		this.#feed.last = NOTHING;
	}

	/** @returns whether the work was there */
	#remove(work: object): boolean {
		const shown = this.#active.get(work);
		if (shown) this.#running -= Number(isRunning(shown));
		return this.#active.delete(work);
	}
}

/** Adds that runs would not survive a restart. */
function withProtection({ value, ...more }: Current<ShownStatus>, translate: Translate) {
	if (unprotectedBecause() === undefined) return { value, ...more };
	const text = `${value.text} · ${translate('unprotected')}`;
	return { ...more, value: { ...value, text, unprotected: true as const } };
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

function isRunning({ state, waitsForDisk }: Shown): boolean {
	return !waitsForDisk && APPEARANCES[state].fill === 'blue';
}

function renderIdle({ requestId, ...status }: IdleStatus, translate: Translate): ShownStatus {
	const text = status.code ?? translate(status.state);
	return { ...status, text, ...(requestId === undefined ? {} : { requestId }) };
}

function renderOne(shown: Shown, translate: Translate): Current<ShownStatus> {
	const { requestId } = shown;
	const appearance = appearanceOf(shown.state, shown);
	const { value: view, staleInMs } = viewProgress(shown, Date.now());
	return {
		value: {
			fill: appearance.fill,
			shape: appearance.shape,
			text: writeProgress(view, appearance, translate),
			state: stateForFlows(shown),
			...(requestId === undefined ? {} : { requestId }),
		},
		staleInMs,
	};
}

/** What a progress message reports about a run. */
export interface Reported {
	readonly work: { readonly msg: NodeMessageInFlow; readonly shown: Shown };
	/** The message's topic when the run began. */
	readonly topic: unknown;
	readonly receipt: { readonly ids: Ids };
}

/**
 * Creates progress messages about one run, sent on the second output of the node that `recipient` returns: only when
 * something changes, at most two a second.
 */
export function createProgressFeed(
	RED: NodeAPI,
	run: Reported,
	recipient: () => Node | undefined,
): ChangeFeed<NodeMessage> {
	const translate = translateOf(RED);
	const feed: ChangeFeed<NodeMessage> = new ChangeFeed({
		gapMs: MIN_STATUS_GAP_MS,
		current() {
			const { value, staleInMs } = viewProgress(run.work.shown, Date.now());
			return { value: progressMessage(run, value, translate), staleInMs };
		},
		publish(message) {
			const node = recipient();
			if (node) succeeds(() => node.send([null, message]));
			else feed.last = '';
		},
	});
	return feed;
}

/** Creates a new message, since the run's own message must not be sent before the end. */
function progressMessage(run: Reported, view: ProgressView, translate: Translate): NodeMessage {
	const { msg, shown } = run.work;
	const name = stateForFlows(shown);
	return compact<Record<string, unknown>>({
		_msgid: msg._msgid,
		// An object would be shared with the run's message.
		topic: typeof run.topic === 'object' ? undefined : run.topic,
		payload: compact({
			state: name,
			text: writeProgress(view, appearanceOf(shown.state, shown), translate),
			queue_position: view.queuePosition,
			elapsed_seconds: view.elapsedSeconds,
		}),
		...idsIn(run.receipt.ids),
		status: name,
	});
}

/** Counts seconds in steps, so that a long run is not reported every second. */
function viewProgress(shown: Shown, now: number): Current<ProgressView> {
	const { state, queuePosition, runningSince, cancel } = shown;
	if (cancel === 'accepted') return { value: {} };
	if (state === 'in_queue') return { value: { queuePosition } };
	if (state !== 'in_progress' || runningSince === undefined) return { value: {} };
	const elapsedMs = Math.max(0, now - runningSince);
	const elapsedSeconds = floorToStep(elapsedMs / 1000);
	return {
		value: { elapsedSeconds },
		staleInMs: (elapsedSeconds + stepAt(elapsedSeconds)) * 1000 - elapsedMs,
	};
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
function stateForFlows({ state, cancel, waitsForDisk }: Shown): string {
	if (waitsForDisk) return 'waiting';
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
type CallState = StatusAnswer['status'] | ResultAnswer['status'] | CancelStatus;

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
	completed: { fill: 'green' },
	succeeded: { fill: 'green' },
	failed: { fill: 'red' },
	canceled: { fill: 'grey' },
	cancellation_requested: { fill: 'green' },
	not_cancellable: { fill: 'grey', shape: 'ring' },
	unknown: { fill: 'grey', shape: 'ring' },
};
