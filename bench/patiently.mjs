import { setTimeout as pause } from 'node:timers/promises';

/** A deploy is answered before the flows have started: until then, nothing is there. */
export async function patiently(work) {
	for (let tries = 1; ; tries += 1) {
		try {
			return await work();
		} catch (error) {
			if (tries === 50) throw error;
			await pause(100);
		}
	}
}
