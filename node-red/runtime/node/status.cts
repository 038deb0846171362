import type { NodeStatus } from 'node-red';
import type { CancelOutcome, JobState, Progress, ResultState } from '../../../core/index.js';
import { createChangeFeed, type Look } from './changeFeed.cjs';
import { type Phase, type PhaseDetail, STATE_OF_PHASE } from './phase.cjs';
import { percentOf, statusKey, textOf, type Translate, viewProgress } from './progress.cjs';

/** What remains on show when nothing runs any more. */
export interface Outcome {
	fill: 'green' | 'red' | 'grey' | 'blue';
	shape: 'dot' | 'ring';
	/** For flows, and the name of the text below `runcomfy.status`. */
	state: string;
	/** Of an error: shown instead of a text, as Catch nodes and the help call it. */
	code?: string;
	requestId?: string | undefined;
}

/**
 * What a node publishes. Node-RED shows the first three in the editor; a *Status* node gets all of it.
 * The text is in the language of the runtime: an editor would translate a key into its own, but no
 * text with a number in it, and a *Status* node would get the key.
 */
export interface ShownStatus extends NodeStatus {
	state?: string;
	code?: string;
	requestId?: string;
	/** Of the time that such runs usually take; below 100 as long as it runs. */
	percent?: number;
	/** How many messages are worked on and how many wait, where there are several. */
	running?: number;
	queued?: number;
}

export interface JobStatus {
	show(phase: Phase, detail?: PhaseDetail): void;
	end(outcome: Outcome): void;
}

export interface StatusBoard {
	begin(): JobStatus;
	/** Clears the status; from then on nothing is published any more. */
	close(): void;
}

/** Milliseconds between two updates: each one goes over the websocket to every open editor. */
export const MIN_STATUS_GAP_MS = 500;

const PHASES: Record<Phase, { fill: 'blue' | 'yellow'; shape: 'dot' | 'ring'; busy: boolean }> = {
	waiting: { fill: 'yellow', shape: 'ring', busy: false },
	requesting: { fill: 'blue', shape: 'ring', busy: true },
	inQueue: { fill: 'yellow', shape: 'dot', busy: false },
	running: { fill: 'blue', shape: 'dot', busy: true },
	fetching: { fill: 'blue', shape: 'dot', busy: true },
};

interface Active {
	phase: Phase;
	detail: PhaseDetail;
}

/**
 * One node's status over all messages it works on: published on change only, at most twice a
 * second, and the last state always.
 */
export function createStatusBoard(options: {
	publish: (status: ShownStatus) => void;
	translate: Translate;
}): StatusBoard {
	const active = new Map<symbol, Active>();
	const nothing = JSON.stringify({});
	const last = { text: nothing, at: -Infinity };
	let outcome: Outcome | undefined;
	let closed = false;
	const feed = createChangeFeed<ShownStatus>({
		gapMs: MIN_STATUS_GAP_MS,
		look: () => render([...active.values()], outcome, options.translate),
		publish: options.publish,
		last,
	});

	return {
		begin() {
			const id = Symbol('job');
			return {
				show(phase, detail = {}) {
					active.set(id, { phase, detail });
					feed.update();
				},
				end(final) {
					active.delete(id);
					outcome = final;
					feed.update();
				},
			};
		},
		close() {
			if (closed) return;
			closed = true;
			feed.close();
			if (last.text !== nothing) options.publish({});
		},
	};
}

function render(
	active: readonly Active[],
	outcome: Outcome | undefined,
	translate: Translate,
): Look<ShownStatus> {
	const [only] = active;
	if (only === undefined) return { value: outcome ? renderOutcome(outcome, translate) : {} };
	if (active.length === 1) return renderOne(only, translate);
	const running = active.filter(({ phase }) => PHASES[phase].busy).length;
	const queued = active.length - running;
	const counts = [
		{ key: 'nRunning', n: running },
		{ key: 'nQueued', n: queued },
	];
	const text = counts
		.filter(({ n }) => n > 0)
		.map(({ key, n }) => translate(statusKey(key), { n }))
		.join(' · ');
	const fill = running > 0 ? 'blue' : 'yellow';
	const state = running > 0 ? 'in_progress' : 'waiting';
	return { value: { fill, shape: 'dot', text, state, running, queued } };
}

function renderOutcome({ requestId, ...outcome }: Outcome, translate: Translate): ShownStatus {
	const text = outcome.code ?? translate(statusKey(outcome.state));
	return { ...outcome, text, ...(requestId === undefined ? {} : { requestId }) };
}

function renderOne({ phase, detail }: Active, translate: Translate): Look<ShownStatus> {
	const { fill, shape } = PHASES[phase];
	const { requestId } = detail;
	const { value: view, staleInMs } = viewProgress(phase, detail, Date.now());
	const percent = percentOf(view);
	return {
		value: {
			...{ fill, shape, text: textOf(phase, view, translate), state: STATE_OF_PHASE[phase] },
			...(requestId === undefined ? {} : { requestId }),
			...(percent === undefined ? {} : { percent }),
		},
		staleInMs,
	};
}

const PHASE_OF_STATE: Readonly<Partial<Record<JobState, Phase>>> = {
	in_queue: 'inQueue',
	in_progress: 'running',
};

/** Shows a watched request's state as it changes. */
export function showProgress(
	show: JobStatus['show'],
	requestId?: string,
): (progress: Progress) => void {
	return ({ status, queue_position: queuePosition }) => {
		const phase = PHASE_OF_STATE[status];
		if (phase) show(phase, { requestId, queuePosition });
	};
}

/** What a node shows that has looked at a request and found this state. */
export function stateOutcome(state: JobState | ResultState | CancelOutcome): Outcome {
	const { fill, shape = 'dot' } = OUTCOMES[state];
	return { fill, shape, state };
}

const OUTCOMES: Record<
	JobState | ResultState | CancelOutcome,
	Pick<Outcome, 'fill'> & Partial<Pick<Outcome, 'shape'>>
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
