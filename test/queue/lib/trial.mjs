// A world for one trial, which goes with it.
import { createWorld } from './world.mjs';

/**
 * @template T
 * @param {Parameters<typeof createWorld>[0]} options
 * @param {(world: import('./world.mjs').World) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inWorld(options, work) {
	const world = await createWorld(options);
	try {
		return await work(world);
	} finally {
		await world.close();
	}
}
