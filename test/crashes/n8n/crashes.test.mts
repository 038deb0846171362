// n8n is killed at every moment and started again; then the user retries what has crashed.
import { describe, expect, it } from '@jest/globals';
import { chosen, effectLabels, type End, isChosen } from '../points.mts';
import { WAYS } from './points.mts';
import { type Story, tell } from './world.mts';

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

/** All that is known of an item that ended in a way that is not allowed. */
function endOf({ lives, paid }: Story): End | object {
	const brief = { paid, lives: lives.map(({ handed, output }) => [handed, output]) };
	const handed = lives.flatMap((life) => life.handed);
	const output = lives.map((life) => life.output).join('\n');
	// What had been paid for before the last life, and whether that life has paid again.
	const [before = [], now = []] = paid.slice(-2);
	const [only] = before;
	const whole = handed.length > 0 && handed.every(({ bytes = 0 }) => bytes > 0);
	if (!whole || before.length > 1 || now.length > 2) return brief;
	const isOf = (id: string | undefined) => handed.every(({ requestId }) => requestId === id);
	if (now.length === 1 && isOf(now[0])) {
		if (handed.length > 2) return brief;
		return handed.length === 1 ? 'delivered' : 'delivered again';
	}
	if (now.length !== 2 || handed.at(-1)?.requestId !== now[1] || only === undefined) return brief;
	return output.includes(only) ? 'in the log' : 'not known';
}
