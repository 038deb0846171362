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
const ROUNDS = 3;

/** Milliseconds, bytes of memory above what there was, and the delay of the event loop in milliseconds. */
async function measure(work) {
	collectGarbage();
	await pause(20);
	const before = process.memoryUsage.rss();
	let most = before;
	const watch = () => (most = Math.max(most, process.memoryUsage.rss()));
	const timer = setInterval(watch, 10);
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	const began = performance.now();
	await work();
	const ms = performance.now() - began;
	delay.disable();
	clearInterval(timer);
	watch();
	return { ms, grown: most - before, p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 };
}

/**
 * @param {{url: string, dir: string, ours: () => Promise<void>}} work
 */
exports.besideUndici = async ({ url, dir, ours }) => {
	const bare = async () => {
		const file = join(dir, 'bare');
		// As the service, the simulator serves nobody without a name.
		const options = { method: 'GET', headers: { 'user-agent': 'bench' } };
		await require('undici').stream(url, options, ({ statusCode }) => {
			if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`);
			return createWriteStream(file);
		});
		rmSync(file);
	};
	// What loads once is not to be measured.
	await bare();
	const rounds = [];
	for (let round = 0; round < ROUNDS; round += 1) {
		rounds.push({ bare: await measure(bare), ours: await measure(ours) });
	}
	const fastest = (who) => Math.min(...rounds.map((round) => round[who].ms));
	const median = (who, key) =>
		rounds.map((round) => round[who][key]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
	const of = (who) => ({
		...{ ms: fastest(who), grown: median(who, 'grown') },
		...{ p99: median(who, 'p99'), longest: median(who, 'longest') },
	});
	return { bare: of('bare'), ours: of('ours') };
};
