// A clock for the package. Waits take no time on it, and it stands still while an answer of the service is on its
// way, so that no timeout of the client strikes, however busy the machine is.
const { performance } = require('node:perf_hooks');

/** How many milliseconds pass in each real step. */
const PASS_MS = 500;
const STEP_MS = 2;

const began = { now: Date.now(), monotonic: performance.now() };
let passed = 0;
let underWay = 0;
const sleepers = new Set();

setInterval(() => {
	if (underWay > 0) return;
	passed += PASS_MS;
	for (const sleeper of sleepers) if (sleeper.until <= passed) sleeper.wake();
}, STEP_MS).unref();

function sleep(ms, signal) {
	return new Promise((resolve, reject) => {
		signal?.throwIfAborted();
		const abort = () => leave(() => reject(signal.reason));
		const sleeper = { until: passed + ms, wake: () => leave(resolve) };
		const leave = (end) => {
			sleepers.delete(sleeper);
			signal?.removeEventListener('abort', abort);
			end();
		};
		sleepers.add(sleeper);
		signal?.addEventListener('abort', abort);
	});
}

const hurried = (host) => ({
	...host,
	sleep,
	now: () => began.now + passed,
	monotonic: () => began.monotonic + passed,
	async request(request) {
		underWay += 1;
		return host.request(request).finally(() => {
			underWay -= 1;
		});
	},
});

module.exports = { hurried };
