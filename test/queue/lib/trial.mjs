// Creates a world for one trial, and removes it afterwards.
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
