// Runs inside the measured Node-RED, together with the simulator: sends messages into the flow and records when they
// come out.
const { join } = require('node:path');
const clock = require('./clock.cjs');
const { createSimulator } = require(join(__dirname, '../../dist/simulator/index.js'));

let marks = new Map();
let changed = () => undefined;
let simulator;

exports.open = (options) => {
	createSimulator(options).then((opened) => (simulator = opened), console.error);
	return exports;
};

/** Called when a message comes out of the flow. */
exports.mark = ({ requestId }) => {
	marks.set(requestId, Date.now());
	changed();
};

/**
 * @param {{way: 'loop' | 'run', seconds: number, lengthsMs: number[], atOnce: boolean}} task
 * @param {(entrance: string, msg: object) => void} send a message into the flow
 */
exports.run = async ({ way, seconds, lengthsMs, atOnce }, send) => {
	const begin = (at) => {
		const msg = { topic: `number ${at}`, payload: '', delay: 1000 * seconds };
		send(way === 'loop' ? 'submit' : 'run', msg);
	};
	clock.start();
	marks = new Map();
	const before = simulator.jobs.size;
	simulator.requests.length = 0;
	for (const [at, ms] of lengthsMs.entries()) {
		simulator.inject({ name: 'run_time', ms, times: 1 });
		if (atOnce) continue;
		begin(at);
		await marked(at + 1);
	}
	if (atOnce) {
		for (const at of lengthsMs.keys()) begin(at);
		await marked(lengthsMs.length);
	}
	clock.stop();
	const jobs = [...simulator.jobs.values()].slice(before);
	const lags = jobs.map(({ requestId, finishedAt }) => (marks.get(requestId) - finishedAt) / 1000);
	const calls = simulator.requests.filter(({ route }) => route !== 'storage').length;
	const lag = lags.reduce((sum, value) => sum + value, 0) / lags.length;
	return { lag, calls: calls / jobs.length };
};

const marked = (count) =>
	new Promise((resolve) => {
		changed = () => marks.size >= count && resolve();
		changed();
	});
