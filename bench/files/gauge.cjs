// In the process that is measured: what a piece of work takes, and a download by bare undici beside it.
const { createWriteStream, rmSync } = require('node:fs');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setTimeout: pause } = require('node:timers/promises');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Rounds of each, in turn; the quickest counts. Of memory and delay the median round. */
const ROUNDS = 7;

/** Milliseconds, bytes of memory above what there was, and the delay of the event loop in milliseconds. */
async function measure(work) {
	collectGarbage();
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	// Before its first turn it sees nothing.
	await pause(20);
	delay.reset();
	const before = process.memoryUsage.rss();
	let most = before;
	const watch = () => (most = Math.max(most, process.memoryUsage.rss()));
	const timer = setInterval(watch, 10);
	const began = performance.now();
	await work();
	const ms = performance.now() - began;
	await pause(5);
	delay.disable();
	clearInterval(timer);
	watch();
	return { ms, grown: most - before, p99: delay.percentile(99) / 1e6 };
}

/**
 * @param {{url: string, dir: string, ours: () => Promise<void>, hosts?: () => Promise<void>}} work
 * `hosts` is what the host has for it without us
 */
exports.besideUndici = async ({ url, dir, ...works }) => {
	const bare = async () => {
		const file = join(dir, 'bare');
		// Like the service, the simulator refuses clients that send no name.
		const options = { method: 'GET', headers: { 'user-agent': 'bench' } };
		await require('undici').stream(url, options, ({ statusCode }) => {
			if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
			return createWriteStream(file);
		});
		rmSync(file);
	};
	return compare({ bare, ...works });
};

/** @param {Record<string, () => Promise<void>>} works */
async function compare(works) {
	const contestants = Object.entries(works);
	const rounds = Object.fromEntries(contestants.map(([name]) => [name, []]));
	// What loads once is not to be measured.
	for (const [, work] of contestants) await work();
	for (let round = 0; round < ROUNDS; round += 1) {
		for (const [name, work] of contestants) rounds[name].push(await measure(work));
	}
	const median = (of, key) => of.map((one) => one[key]).sort((a, b) => a - b)[ROUNDS >> 1];
	const summary = (of) => ({
		ms: Math.min(...of.map(({ ms }) => ms)),
		grown: median(of, 'grown'),
		p99: median(of, 'p99'),
	});
	return Object.fromEntries(contestants.map(([name]) => [name, summary(rounds[name])]));
}
