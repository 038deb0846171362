import { perRuntime } from './runtime.cjs';

/** Milliseconds of each turn of the event loop that the work of messages may take. */
const SLICE_MS = 4;

/** Messages of one turn that go on as they come: what they will take is not known yet. */
const AT_ONCE = 8;

const turns = perRuntime(() => ({
	waiting: [] as Array<() => void>,
	/** When the work of this turn must end, by the monotonic clock. */
	until: 0,
	begun: 0,
	scheduled: false,
}));
type Turns = ReturnType<typeof turns>;

/**
 * Resolves when it is a message's turn to go on. A burst of thousands would otherwise run in one piece,
 * and nothing else in Node-RED meanwhile.
 */
export function inTurn(): Promise<void> {
	const turn = turns();
	if (!turn.scheduled) {
		turn.scheduled = true;
		turn.begun = 0;
		turn.until = performance.now() + SLICE_MS;
		setImmediate(nextTurn, turn);
	}
	const atOnce = turn.begun < AT_ONCE && performance.now() < turn.until;
	if (turn.waiting.length === 0 && atOnce) {
		turn.begun += 1;
		return Promise.resolve();
	}
	return new Promise((resolve) => void turn.waiting.push(resolve));
}

function nextTurn(turn: Turns): void {
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
	// The next tick comes when the message has done all that it can do at once.
	queueMicrotask(() => process.nextTick(goOn, turn));
}

function goOn(turn: Turns): void {
	if (performance.now() < turn.until) next(turn);
	else setImmediate(nextTurn, turn);
}
