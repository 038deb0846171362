// Every way to end a process, each in a separate instance, so that leftovers of one are not mistaken for another's.
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
		// n8n continues its executions while nothing can work, and later takes them for crashed.
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
