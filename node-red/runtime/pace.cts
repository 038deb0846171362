/** Milliseconds of each turn of the event loop that the work of messages may take. */
const SLICE_MS = 4;

/** Messages of one turn that go on as they come: what they will take is not known yet. */
const AT_ONCE = 8;

const waiting: Array<() => void> = [];
/** When the work of this turn is to end, by the monotonic clock. */
let until = 0;
let begun = 0;
let scheduled = false;

/**
 * Resolves when it is a message's turn to go on. A burst of thousands would otherwise run in one piece,
 * and nothing else in Node-RED meanwhile. `onWait` is called where that is not at once.
 */
export function inTurn(onWait?: () => void): Promise<void> {
	if (!scheduled) {
		scheduled = true;
		begun = 0;
		until = performance.now() + SLICE_MS;
		setImmediate(nextTurn);
	}
	if (waiting.length === 0 && begun < AT_ONCE && performance.now() < until) {
		begun += 1;
		return Promise.resolve();
	}
	onWait?.();
	return new Promise((resolve) => void waiting.push(resolve));
}

function nextTurn(): void {
	until = performance.now() + SLICE_MS;
	next();
}

function next(): void {
	const resolve = waiting.shift();
	if (!resolve) {
		scheduled = false;
		return;
	}
	resolve();
	// The next tick comes when the message has done all that it can do at once.
	queueMicrotask(() => process.nextTick(goOn));
}

function goOn(): void {
	if (performance.now() < until) next();
	else setImmediate(nextTurn);
}
