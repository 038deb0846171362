// Node-RED is killed at every moment, and started again.
import { describe, expect, it } from '@jest/globals';
import { chosen, effectLabels, isChosen } from '../points.mts';
import { endOf } from './judge.mts';
import { WAYS } from './points.mts';
import { tell, topicsOf } from './world.mts';

/** Several lives, on a busy machine. */
const LONGEST_MS = 400_000;

describe('Node-RED', () => {
	const ways = Object.entries(WAYS).filter(([, way]) => isChosen(way));
	describe.each(ways)('%s', (_name, { points, from, ...way }) => {
		const topics = topicsOf(way);

		it.concurrent(
			'has these moments, and no others',
			async () => {
				const { lives } = await tell(way);
				const effects = lives.at(-1)?.effects ?? [];
				const first = effects.findIndex(({ name }) => name === from);
				const listed = points.filter(({ torn }) => !torn);
				expect(effectLabels(effects.slice(first))).toEqual(effectLabels(listed));
			},
			LONGEST_MS,
		);

		it.concurrent.each(chosen(points))(
			'%s, killed %s',
			async (_ends, _label, kill) => {
				const story = await tell(way, kill);
				expect(story.lives.at(-2)?.killed).toBe(kill.name);
				expect(kill.ends).toContainEqual(endOf(story, topics));
				// A request that nobody knows of takes no room.
				const unknown = Number(kill.ends.some((end) => end !== 'delivered'));
				const most = (way.config?.concurrency ?? Infinity) + unknown;
				expect(story.atOnce).toBeLessThanOrEqual(most);
			},
			LONGEST_MS,
		);
	});
});
