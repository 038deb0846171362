import type { Node, NodeAPI, NodeStatus } from 'node-red';
import type { CancelOutcome, JobState, ResultState } from '../../../core/index.js';
import { lookOf, LOOKS, type Translate, writeProgress } from '../../contract/states.cjs';
import { protectionChanged, unprotectedBecause } from '../journal/journal.cjs';
import { createChangeFeed, type Look } from './changeFeed.cjs';
import { percentOf, type Shown, stateForFlows, translateOf, viewProgress } from './progress.cjs';

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
	/** How many messages are worked on and how many wait, if there are several. */
	running?: number;
	queued?: number;
	/** While the journal cannot be kept: what runs does not outlive a restart. */
	unprotected?: true;
}

export type StatusBoard = ReturnType<typeof createStatusBoard>;

/** Milliseconds between two updates: each one goes over the websocket to every open editor. */
export const MIN_STATUS_GAP_MS = 500;

/**
 * One node's status over all messages it works on: published on change only, at most twice a
 * second, and the last state always.
 */
export function createStatusBoard(RED: NodeAPI, node: Node) {
	const translate = translateOf(RED);
	const publish = (status: ShownStatus) => node.status(status);
	const active = new Map<object, Shown>();
	const nothing = JSON.stringify({});
	const last = { text: nothing, at: -Infinity };
	let outcome: Outcome | undefined;
	let closed = false;
	const feed = createChangeFeed<ShownStatus>({
		gapMs: MIN_STATUS_GAP_MS,
		look() {
			const look = render([...active.values()], outcome, translate);
			return active.size > 0 ? withProtection(look, translate) : look;
		},
		publish,
		last,
	});

	const stopListening = protectionChanged().add(() => feed.update());

	return {
		/** Shows where the work of one message stands; `work` tells it from others. */
		show(work: object, shown: Shown) {
			active.set(work, shown);
			feed.update();
		},
		/** Shows how the work of one message ended, once nothing else goes on. */
		end(work: object, final: Outcome) {
			active.delete(work);
			outcome = final;
			feed.update();
		},
		/** Clears the status; nothing is published from then on. */
		close() {
			if (closed) return;
			closed = true;
			stopListening();
			feed.close();
			if (last.text !== nothing) publish({});
		},
	};
}

/** Says so while runs do not outlive a restart. */
function withProtection({ value, ...look }: Look<ShownStatus>, translate: Translate) {
	if (unprotectedBecause() === undefined) return { value, ...look };
	const text = `${value.text} · ${translate('unprotected')}`;
	return { ...look, value: { ...value, text, unprotected: true as const } };
}

function render(
	active: readonly Shown[],
	outcome: Outcome | undefined,
	translate: Translate,
): Look<ShownStatus> {
	const [only] = active;
	if (only === undefined) return { value: outcome ? renderOutcome(outcome, translate) : {} };
	if (active.length === 1) return renderOne(only, translate);
	const running = active.filter(({ state }) => LOOKS[state].fill === 'blue').length;
	const queued = active.length - running;
	const counts = { nRunning: running, nQueued: queued };
	const text = Object.entries(counts)
		.flatMap(([name, n]) => (n > 0 ? [translate(name, { n })] : []))
		.join(' · ');
	const fill = running > 0 ? 'blue' : 'yellow';
	const state = running > 0 ? 'in_progress' : 'waiting';
	return { value: { fill, shape: 'dot', text, state, running, queued } };
}

function renderOutcome({ requestId, ...outcome }: Outcome, translate: Translate): ShownStatus {
	const text = outcome.code ?? translate(outcome.state);
	return { ...outcome, text, ...(requestId === undefined ? {} : { requestId }) };
}

function renderOne(shown: Shown, translate: Translate): Look<ShownStatus> {
	const { requestId } = shown;
	const look = lookOf(shown.state, shown.cancel);
	const { value: view, staleInMs } = viewProgress(shown, Date.now());
	const percent = percentOf(view);
	return {
		value: {
			fill: look.fill,
			shape: look.shape,
			text: writeProgress(view, look, translate),
			state: stateForFlows(shown),
			...(requestId === undefined ? {} : { requestId }),
			...(percent === undefined ? {} : { percent }),
		},
		staleInMs,
	};
}

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
