// A real n8n in one of its modes, with a workflow that takes executions by a webhook.
import { setTimeout as pause } from 'node:timers/promises';
import { INSPECTABLE } from '../../queue/lib/inspector.mjs';
import { createWorld } from '../../queue/lib/world.mjs';

const AT_ONCE = 100;
/** By default n8n has two connections to PostgreSQL, for which a hundred simultaneous calls wait too long. */
const DATABASE = { DB_POSTGRESDB_POOL_SIZE: '10', DB_POSTGRESDB_CONNECTION_TIMEOUT: '120000' };
/** Milliseconds in which a result comes out on a slow machine. */
const PATIENCE_MS = 300_000;

/**
 * @template T
 * @param {'regular' | 'queue'} mode
 * @param {(host: import('../lib/phases.mjs').Host) => Promise<T>} work
 */
export async function withN8n(mode, work) {
	const concurrency = AT_ONCE / 2;
	const world = await createWorld({
		mode,
		instance: {
			env: { NODE_OPTIONS: INSPECTABLE, ...DATABASE },
			...(mode === 'queue' && { concurrency }),
		},
	});
	const { simulator, deliveries, instance } = world;
	simulator.update({ coldStartMs: 0, queueMs: 0 });
	/** It tries again if n8n takes nothing for a moment: n8n answers 503 while its database is slow. */
	const begin = async (deadline) => {
		for (;;) {
			try {
				return await world.submit();
			} catch (error) {
				if (error.status !== 503 || Date.now() > deadline) throw error;
				await pause(500);
			}
		}
	};
	const one = async () => {
		const mark = await begin(Date.now() + PATIENCE_MS);
		const deadline = Date.now() + PATIENCE_MS;
		while (!deliveries.has(mark)) {
			if (Date.now() > deadline) return;
			await pause(50);
		}
	};
	try {
		return await work({
			name: `n8n, ${mode} mode`,
			processes: {
				main: instance.main,
				...Object.fromEntries(instance.workers.map((worker, at) => [`worker ${at + 1}`, worker])),
			},
			simulator,
			async perform(count) {
				let left = count;
				const inTurn = async () => {
					while (left > 0) {
						left -= 1;
						await one();
					}
				};
				await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
			},
			came: () => ({
				results: [...deliveries.values()].filter((list) => list.some(isResult)).length,
				repeated: [...deliveries.values()].filter((list) => list.length > 1).length,
			}),
		});
	} finally {
		await world.close();
	}
}

const isResult = ({ status }) => status === 'succeeded';
