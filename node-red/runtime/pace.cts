/** Messages whose work goes on in one turn of the event loop. */
const AT_ONCE = 8;

let used = 0;
const waiting: Array<() => void> = [];

/**
 * Resolves when it is a message's turn to go on. A burst of thousands would otherwise run in one piece,
 * and nothing else in Node-RED meanwhile.
 */
export function inTurn(): Promise<void> {
	if (used === 0) setImmediate(nextTurn);
	if (used < AT_ONCE) {
		used += 1;
		return Promise.resolve();
	}
	return new Promise((resolve) => void waiting.push(resolve));
}

function nextTurn(): void {
	const now = waiting.splice(0, AT_ONCE);
	used = now.length;
	if (used > 0) setImmediate(nextTurn);
	for (const resolve of now) resolve();
}
