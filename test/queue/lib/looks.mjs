// A process's memory and open handles, read from its inspector, which opens on request.
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'undici';
import { until } from '../../../scripts/process.mjs';

/** For NODE_OPTIONS: any free port, opened by SIGUSR1 only. */
export const INSPECTABLE = '--inspect-port=127.0.0.1:0';

/** @typedef {{pid?: number | undefined, lines(): readonly string[]}} Inspected started with `INSPECTABLE` */

/**
 * After a garbage collection.
 * @param {Inspected} service
 * @returns {Promise<number>} MB
 */
export function keptMb(service) {
	return inspect(service, async (ask) => {
		for (let round = 0; round < 3; round += 1) {
			await ask('HeapProfiler.collectGarbage');
			await pause(200);
		}
		const {
			usedSize,
			embedderHeapUsedSize = 0,
			backingStorageSize = 0,
		} = await ask('Runtime.getHeapUsage');
		return Math.round((usedSize + embedderHeapUsedSize + backingStorageSize) / 2 ** 20);
	});
}

/** The number of open sockets, files and timers. @param {Inspected} service @returns {Promise<number>} */
export function openHandles(service) {
	return inspect(service, async (ask) => {
		const expression = 'process.getActiveResourcesInfo().length';
		return (await ask('Runtime.evaluate', { expression })).result.value;
	});
}

/**
 * @param {Inspected} service
 * @param {(ask: (method: string, params?: object) => Promise<any>) => Promise<number>} work
 */
async function inspect(service, work) {
	const address = () =>
		service
			.lines()
			.join('\n')
			.match(/ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/g)
			?.at(-1);
	if (!address()) process.kill(Number(service.pid), 'SIGUSR1');
	const socket = new WebSocket(await until('its inspector answers', address));
	const next = (/** @type {string} */ event) =>
		new Promise((resolve, reject) => {
			socket.addEventListener(event, resolve, { once: true });
			socket.addEventListener('error', reject, { once: true });
		});
	await next('open');
	try {
		return await work(async (method, params = {}) => {
			socket.send(JSON.stringify({ id: 1, method, params }));
			return JSON.parse(String((await next('message')).data)).result;
		});
	} finally {
		socket.close();
	}
}
