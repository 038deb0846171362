// What a host's process holds, and for how long its event loop is blocked.
import { inspect, keptMb } from '../../queue/lib/inspector.mjs';

/** Begins to measure the event loop of a process. @param {Process} process */
export const beginDelay = (process) =>
	evaluate(
		process,
		`globalThis.soakDelay?.disable();
		globalThis.soakDelay = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
		globalThis.soakDelay.enable();`,
	);

/** Milliseconds since `beginDelay`, the 99th percentile. @param {Process} process */
export const delayOf = (process) =>
	evaluate(process, `globalThis.soakDelay.disable(); globalThis.soakDelay.percentile(99) / 1e6`);

/**
 * What is open, by kind: sockets, files, timers.
 * @param {Process} process
 * @returns {Promise<Record<string, number>>}
 */
export async function handlesOf(process) {
	const kinds = JSON.parse(
		await evaluate(process, 'JSON.stringify(process.getActiveResourcesInfo())'),
	);
	/** @type {Record<string, number>} */
	const counts = {};
	for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
	return counts;
}

/** MB in use after the garbage is collected. @param {Process} process */
export const heapOf = (process) => keptMb(process);

/** @typedef {Parameters<typeof keptMb>[0]} Process */

async function evaluate(process, expression) {
	return inspect(process, async (ask) => {
		const { result, exceptionDetails } = await ask('Runtime.evaluate', {
			expression,
			includeCommandLineAPI: true,
			returnByValue: true,
		});
		if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
		return result.value;
	});
}
