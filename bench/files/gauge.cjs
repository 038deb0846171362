// Runs inside the measured process: measures a piece of work, and a download by bare undici for comparison.
const { createWriteStream, rmSync } = require('node:fs');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setTimeout: pause } = require('node:timers/promises');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Alternating rounds per contestant. The fastest counts for speed, the median for memory and delay. */
const ROUNDS = 7;

/** Returns milliseconds, additional bytes of memory, and the event loop's delay in milliseconds. */
async function measure(work) {
	collectGarbage();
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	// The monitor records nothing before its first tick.
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
 * @param {{url: string, dir: string, ours: () => Promise<void>, hosts?: () => Promise<void>}} work `hosts` is the
 * host's built-in way
 */
exports.besideUndici = async ({ url, dir, ...works }) => {
	const bare = async () => {
		const file = join(dir, 'bare');
		// The simulator, like RunComfy, rejects clients without a User-Agent.
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
	// A first round, so that loading modules is not measured.
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
