import type { NodeStatus } from 'node-red';
import type { CancelOutcome, JobState, Progress, ResultState } from '../../core/index.js';

/** Where one message's work stands. */
export type Phase = 'waiting' | 'requesting' | 'inQueue' | 'running' | 'fetching';

/** What remains on show when nothing runs any more; `text` is a catalogue key or a code. */
export interface Outcome {
	fill: 'green' | 'red' | 'grey' | 'blue';
	shape: 'dot' | 'ring';
	text: string;
}

export interface JobStatus {
	show(phase: Phase): void;
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

/**
 * One node's status over all messages it works on: published on change only, at most twice a
 * second, and the last state always.
 * `translate` looks up a catalogue text with a number in it, which the editor cannot do.
 */
export function createStatusBoard(options: {
	publish: (status: NodeStatus) => void;
	translate: (key: string, values: { n: number }) => string;
}): StatusBoard {
	const active = new Map<symbol, Phase>();
	let outcome: NodeStatus = {};
	let shown = JSON.stringify({});
	let lastAt = -Infinity;
	let timer: NodeJS.Timeout | undefined;
	let closed = false;

	const flush = () => {
		timer = undefined;
		const status = render(active, outcome, options.translate);
		if (JSON.stringify(status) === shown) return;
		shown = JSON.stringify(status);
		lastAt = Date.now();
		options.publish(status);
	};

	const update = () => {
		if (closed || timer) return;
		const wait = lastAt + MIN_STATUS_GAP_MS - Date.now();
		if (wait <= 0) flush();
		else timer = setTimeout(flush, wait);
	};

	return {
		begin() {
			const id = Symbol('job');
			return {
				show(phase) {
					active.set(id, phase);
					update();
				},
				end(final) {
					active.delete(id);
					outcome = final;
					update();
				},
			};
		},
		close() {
			if (closed) return;
			closed = true;
			clearTimeout(timer);
			if (shown !== JSON.stringify({})) options.publish({});
		},
	};
}

function render(
	active: ReadonlyMap<symbol, Phase>,
	outcome: NodeStatus,
	translate: (key: string, values: { n: number }) => string,
): NodeStatus {
	const phases = [...active.values()];
	const [only] = phases;
	if (only === undefined) return outcome;
	if (phases.length === 1) {
		const { fill, shape } = PHASES[only];
		return { fill, shape, text: statusKey(only) };
	}
	// A text that begins with a digit is shown as it is.
	const busy = phases.filter((phase) => PHASES[phase].busy).length;
	const counts = [
		{ key: 'nRunning', n: busy },
		{ key: 'nQueued', n: phases.length - busy },
	];
	return {
		fill: busy > 0 ? 'blue' : 'yellow',
		shape: 'dot',
		text: counts
			.filter(({ n }) => n > 0)
			.map(({ key, n }) => translate(statusKey(key), { n }))
			.join(' · '),
	};
}

const PHASE_OF_STATE: Readonly<Partial<Record<JobState, Phase>>> = {
	in_queue: 'inQueue',
	in_progress: 'running',
};

/** Shows a watched request's state as it changes. */
export function showProgress(show: JobStatus['show']): (progress: Progress) => void {
	return ({ status }) => {
		const phase = PHASE_OF_STATE[status];
		if (phase) show(phase);
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
