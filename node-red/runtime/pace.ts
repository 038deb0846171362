import { perRuntime } from './runtime';

/** Milliseconds per turn of the event loop for processing messages. */
const SLICE_MS = 4;

/** Messages that each turn processes without measuring, because their cost is not known yet. */
const AT_ONCE = 8;

const turns = perRuntime(() => ({
	waiting: [] as Array<() => void>,
	/** End of this turn's time slice, by the monotonic clock. */
	until: 0,
	begun: 0,
	scheduled: false,
}));
type Turns = ReturnType<typeof turns>;

/**
 * Resolves when it is this message's turn. Without such pauses, a burst of thousands of messages would block Node-RED's
 * event loop.
 */
export function inTurn(): Promise<void> {
	const turn = turns();
	if (!turn.scheduled) {
		turn.scheduled = true;
		turn.begun = 0;
		turn.until = performance.now() + SLICE_MS;
		setImmediate(beginTurn, turn);
	}
	const atOnce = turn.begun < AT_ONCE && performance.now() < turn.until;
	if (turn.waiting.length === 0 && atOnce) {
		turn.begun += 1;
		return Promise.resolve();
	}
	return new Promise((resolve) => void turn.waiting.push(resolve));
}

function beginTurn(turn: Turns): void {
	turn.until = performance.now() + SLICE_MS;
	next(turn);
}

function next(turn: Turns): void {
	const resolve = turn.waiting.shift();
	if (!resolve) {
		turn.scheduled = false;
		return;
	}
	resolve();
	// Waits a tick, so that this message does all of its synchronous work before the next one starts.
	queueMicrotask(() => process.nextTick(goOn, turn));
}

function goOn(turn: Turns): void {
	if (performance.now() < turn.until) next(turn);
	else setImmediate(beginTurn, turn);
}
