// Loaded by the settings of a Node-RED that is measured: how long its event loop is held up. A
// flow's Function nodes call it.
const { openSync, readSync } = require('node:fs');

/** Milliseconds between two looks. */
const RESOLUTION_MS = 1;

const waitedMs = createWaitClock();
const now = () => performance.timeOrigin + performance.now();

let looks = [];
let timer;
let last;

const look = () => {
	const next = { at: now(), waited: waitedMs() };
	looks.push({ at: next.at, ms: next.at - last.at, waited: next.waited - last.waited });
	last = next;
};

/** Begins a measurement. */
exports.start = () => {
	looks = [];
	last = { at: now(), waited: waitedMs() };
	timer = setInterval(look, RESOLUTION_MS);
};

/**
 * Ends it. Milliseconds between two turns of the event loop, at each look until `end`; `own` without
 * the time that the thread was ready to run while other threads had the processor.
 */
exports.stop = (end = Infinity) => {
	look();
	clearInterval(timer);
	const counted = looks.filter(({ at, ms }) => at - ms < end);
	const all = sorted(counted.map(({ ms }) => ms));
	const own = sorted(counted.map(({ ms, waited }) => ms - waited));
	return {
		...{ p99: p99(all), longest: all.at(-1), ownP99: p99(own), ownLongest: own.at(-1) },
		tookMs: counted.reduce((sum, { ms }) => sum + ms, 0),
	};
};

const sorted = (values) => [...values].sort((a, b) => a - b);
const p99 = (values) => values[Math.ceil(values.length * 0.99) - 1];

/** How long the main thread has waited for a processor, where the system tells. */
function createWaitClock() {
	try {
		const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
		const bytes = Buffer.alloc(128);
		const read = () => bytes.toString('latin1', 0, readSync(file, bytes, 0, 128, 0));
		return () => Number(read().split(' ')[1]) / 1e6;
	} catch {
		return () => 0;
	}
}
