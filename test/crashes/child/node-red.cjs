// One life of a Node-RED that may be killed: its runtime with this package, without an editor. Exits once there is
// nothing left to do.
const { statSync } = require('node:fs');
const { isAbsolute } = require('node:path');
const { performance } = require('node:perf_hooks');
const { setTimeout: delay } = require('node:timers/promises');
const helper = require('node-red-node-test-helper');
const { effect, tell, end, first } = require('./effects.cjs');

const { userDir, flow, credentials, receive } = JSON.parse(process.env.CRASH_LIFE);
const dist = (path) => require(`../../../dist/node-red/${path}`);

const { registerConfig } = dist('runtime/account/config.js');
const { createHost } = dist('runtime/account/host.js');
const { runs } = dist('runtime/runs/run.js');

const TYPES = ['runcomfy-run', 'runcomfy-submit', 'runcomfy-result'];

/*
 * A clock for the package. Waits take no time, and the clock stands still while the service's answer is in transit, so
 * that no timeout of the client strikes on a busy machine.
 */

/** Milliseconds that pass in each real step. */
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

void live();

async function live() {
	helper.init(require.resolve('node-red'));
	helper.settings({ userDir });
	const nodes = [
		(RED) => registerConfig(RED, (options) => hurried(createHost(options))),
		...TYPES.map((type) => dist(`nodes/${type}/${type}.js`)),
		registerEnds,
	];
	await helper.load(nodes, flow, credentials);
	const underWay = first('ask for submit');
	for (const [index, { to, msg }] of receive.entries()) {
		// The next message finds the limit reached.
		if (index > 0) await underWay;
		effect('the message comes in');
		helper.getNode(to).receive(msg);
	}
	await untilQuiet();
	end();
	process.exit(0);
}

/** The nodes behind ours, which pass their messages on. */
function registerEnds(RED) {
	function End(def) {
		RED.nodes.createNode(this, def);
		this.on('input', (msg, _send, done) => {
			const { topic, requestId, error, runcomfy, payload } = msg;
			const resumed = runcomfy?.resumed === true;
			const bytes = error ? undefined : bytesIn(payload);
			effect(error ? 'the error is handed on' : 'the message is handed on');
			tell({ handed: { topic, requestId, code: error?.code, resumed, bytes } });
			done();
		});
	}
	RED.nodes.registerType('end', End);
}

/** The bytes of saved files; undefined if there are none. */
function bytesIn(payload) {
	const paths = [payload].flat().filter((path) => typeof path === 'string' && isAbsolute(path));
	return paths.length > 0 ? paths.reduce((sum, path) => sum + statSync(path).size, 0) : undefined;
}

async function untilQuiet() {
	for (let quiet = 0; quiet < 5; quiet += 1) {
		if (runs().size > 0) quiet = 0;
		await delay(4);
	}
}
