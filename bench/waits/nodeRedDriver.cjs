// Runs in the measured Node-RED, beside the simulator: sends messages into its flow, and records when they come out.
const { join } = require('node:path');
const clock = require('./clock.cjs');
const dist = join(__dirname, '..', '..', 'dist');
const { createSimulator } = require(join(dist, 'simulator', 'index.cjs'));

let marks = new Map();
let changed = () => undefined;
let simulator;

exports.open = (options) => {
	createSimulator(options).then((opened) => (simulator = opened), console.error);
	return exports;
};

/** A message has come out. */
exports.mark = (requestId) => {
	marks.set(requestId, Date.now());
	changed();
};

/**
 * @param {{lengthsMs: number[], atOnce: boolean}} task
 * @param {(at: number) => void} send a message into the flow
 */
exports.run = async ({ lengthsMs, atOnce }, send) => {
	clock.start();
	marks = new Map();
	const before = simulator.jobs.size;
	simulator.requests.length = 0;
	const began = Date.now();
	for (const [at, ms] of lengthsMs.entries()) {
		simulator.inject({ name: 'run_time', ms, times: 1 });
		if (atOnce) continue;
		send(at);
		await marked(at + 1);
	}
	if (atOnce) {
		for (const at of lengthsMs.keys()) send(at);
		await marked(lengthsMs.length);
	}
	const tookMs = Date.now() - began;
	clock.stop();
	return { tookMs, ...seen([...simulator.jobs.values()].slice(before)) };
};

const marked = (count) =>
	new Promise((resolve) => {
		changed = () => marks.size >= count && resolve();
		changed();
	});

function seen(jobs) {
	const lag = jobs.map(({ requestId, finishedAt }) => (marks.get(requestId) - finishedAt) / 1000);
	const calls = simulator.requests.filter(({ route }) => route !== 'storage').length;
	const sum = lag.reduce((all, one) => all + one, 0);
	return { lag: sum / jobs.length, calls: calls / jobs.length, runs: jobs.length };
}
