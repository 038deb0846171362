import type { NodeStatus } from 'node-red';
import type { CancelOutcome, JobState, Progress, ResultState } from '../../../core/index.js';
import { createChangeFeed, type Look } from './changeFeed.cjs';
import type { Phase, PhaseDetail } from './phase.cjs';
import { viewProgress, writeDuration, type ProgressView } from './progress.cjs';

/** What remains on show when nothing runs any more; `text` is a catalogue key or a code. */
export interface Outcome {
	fill: 'green' | 'red' | 'grey' | 'blue';
	shape: 'dot' | 'ring';
	text: string;
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

/** The key of a text in the node's catalogue; the editor looks it up in the user's language. */
export function statusKey(name: string): string {
	return `runcomfy.status.${name}`;
}

/** Looks up a catalogue text with values in it, which the editor cannot do. */
export type Translate = (key: string, values: Record<string, string | number>) => string;

interface Active {
	phase: Phase;
	detail: PhaseDetail;
}

/**
 * One node's status over all messages it works on: published on change only, at most twice a
 * second, and the last state always.
 */
export function createStatusBoard(options: {
	publish: (status: NodeStatus) => void;
	translate: Translate;
}): StatusBoard {
	const active = new Map<symbol, Active>();
	const nothing = JSON.stringify({});
	const last = { text: nothing, at: -Infinity };
	let outcome: NodeStatus = {};
	let closed = false;
	const feed = createChangeFeed<NodeStatus>({
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
	outcome: NodeStatus,
	translate: Translate,
): Look<NodeStatus> {
	const [only] = active;
	if (only === undefined) return { value: outcome };
	if (active.length === 1) return renderOne(only, translate);
	// A text that begins with a digit is shown as it is.
	const busy = active.filter(({ phase }) => PHASES[phase].busy).length;
	const counts = [
		{ key: 'nRunning', n: busy },
		{ key: 'nQueued', n: active.length - busy },
	];
	const text = counts
		.filter(({ n }) => n > 0)
		.map(({ key, n }) => translate(statusKey(key), { n }))
		.join(' · ');
	return { value: { fill: busy > 0 ? 'blue' : 'yellow', shape: 'dot', text } };
}

function renderOne({ phase, detail }: Active, translate: Translate): Look<NodeStatus> {
	const { fill, shape } = PHASES[phase];
	const { value: view, staleInMs } = viewProgress(phase, detail, Date.now());
	return { value: { fill, shape, text: textOf(phase, view, translate) }, staleInMs };
}

function textOf(phase: Phase, view: ProgressView, translate: Translate): string {
	const { queuePosition: n, elapsedSeconds, estimatedSeconds } = view;
	if (n !== undefined) return translate(statusKey('inQueueAt'), { n });
	if (elapsedSeconds === undefined) return statusKey(phase);
	const write = (seconds: number) =>
		writeDuration(seconds, (count) => translate(statusKey('seconds'), { n: count }));
	const time = write(elapsedSeconds);
	return estimatedSeconds === undefined
		? translate(statusKey('runningFor'), { time })
		: translate(statusKey('runningOf'), { time, total: write(estimatedSeconds) });
}

const PHASE_OF_STATE: Readonly<Partial<Record<JobState, Phase>>> = {
	in_queue: 'inQueue',
	in_progress: 'running',
};

/** Shows a watched request's state as it changes. */
export function showProgress(show: JobStatus['show']): (progress: Progress) => void {
	return ({ status, queue_position: queuePosition }) => {
		const phase = PHASE_OF_STATE[status];
		if (phase) show(phase, { queuePosition });
	};
}

/** What a node shows that has looked at a request and found this state. */
export function stateOutcome(state: JobState | ResultState | CancelOutcome): Outcome {
	const { fill, shape = 'dot' } = OUTCOMES[state];
	return { fill, shape, text: statusKey(state) };
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
