// Every end of a process, each in an instance of its own, so that what one leaves behind is not taken for another's.
import { describe, it } from 'node:test';
import { assertAllOut, beginEnd, ENDS, finishEnd, retryLost } from '../lib/ends.mjs';
import { createWorld } from '../lib/world.mjs';

/** @type {{name: string, end: keyof typeof ENDS, instance?: object, downMs?: number, isRetried?: boolean}[]} */
const TRIALS = [
	...Object.entries(ENDS).map(([end, { mode }]) => ({
		name: end,
		end,
		instance: mode === 'queue' ? { persistentRedis: true } : {},
	})),
	{
		name: 'SIGKILL of both workers that share a user folder',
		end: 'SIGKILL of both workers',
		instance: { sharedFolder: true },
	},
	{ name: 'Redis restarted without its data', end: 'Redis restarted' },
	{
		// n8n goes on with them while nothing can work, and takes them for crashed afterwards.
		name: 'SIGKILL of both workers, down for longer than a park lasts',
		end: 'SIGKILL of both workers',
		downMs: 130_000,
		isRetried: true,
	},
];

void describe('processes end', () => {
	for (const { name, end, instance, downMs, isRetried } of TRIALS) {
		it(name, async () => {
			const world = await createWorld({ mode: ENDS[end].mode, instance });
			try {
				const marks = await beginEnd(world, end, downMs);
				await finishEnd(world, marks);
				if (isRetried) await retryLost(world, marks);
				assertAllOut(world, marks);
			} finally {
				await world.close();
			}
		});
	}
});
