// What a process keeps in memory after its garbage is collected, as its inspector reports.
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from './inspector.mjs';

/**
 * @param {Parameters<typeof inspect>[0]} service
 * @returns {Promise<number>} MB
 */
export async function keptMb(service) {
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
