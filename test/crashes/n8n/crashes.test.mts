// n8n is killed at every moment and started again; then the user retries what has crashed.
import { describe, expect, it } from '@jest/globals';
import { effectLabels } from '../points.mts';
import { chosen, isChosen } from '../support/chosen.mts';
import { endOf } from './judge.mts';
import { WAYS } from './points.mts';
import { tell } from './world.mts';

/** Several lives, on a busy machine. */
const LONGEST_MS = 400_000;

describe('n8n', () => {
	const ways = Object.entries(WAYS).filter(([, way]) => isChosen(way));
	describe.each(ways)('%s', (_name, { points, ...way }) => {
		it.concurrent(
			'has these moments, and no others',
			async () => {
				const { lives } = await tell(way);
				expect(effectLabels(lives.at(-1)?.effects ?? [])).toEqual(effectLabels(points));
			},
			LONGEST_MS,
		);

		it.concurrent.each(chosen(points))(
			'%s, killed %s',
			async (_ends, _label, kill) => {
				const story = await tell(way, kill);
				expect(story.lives.at(-2)?.killed).toBe(kill.name);
				expect(kill.ends).toContainEqual(endOf(story));
			},
			LONGEST_MS,
		);
	});
});
