// Node-RED is killed at every moment, and started again.
import { describe, expect, it } from '@jest/globals';
import { chosen, effectLabels, type End, isChosen } from '../points.mts';
import type { Handed } from '../support/life.mts';
import { WAYS } from './points.mts';
import { type Story, tell, topicsOf } from './world.mts';

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

/** The worst end of the messages, with all that is known of those whose end is not allowed. */
function endOf(
	{ lives, paid, awaited }: Story,
	topics: ReadonlyArray<string | undefined>,
): End | object {
	const handed = lives.flatMap((life) => life.handed);
	const ends = topics.map((topic) => endOfOne(handed.filter((one) => one.topic === topic)));
	const delivered = new Set(handed.flatMap(({ code, requestId }) => (code ? [] : [requestId])));
	const unknown = paid.filter((id) => !delivered.has(id) && id !== awaited).length;
	const reported = ends.filter((end) => end?.startsWith('reported')).length;
	const fits = [...delivered].every((id) => paid.includes(String(id))) && unknown <= reported;
	const brief = { paid, lives: lives.map((life) => [life.handed, life.output]) };
	return (fits && worst(ends)) || brief;
}

/** Undefined if this end is not allowed. */
function endOfOne(handed: readonly Handed[]): End | undefined {
	const [first, second, third] = handed;
	if (!first) return 'gone';
	const again = second?.resumed && second.requestId === first.requestId;
	if (third || (second && !again)) return undefined;
	if (handed.every(isWhole)) return second ? 'delivered again' : 'delivered';
	if (handed.every(isReport)) return second ? 'reported again' : 'reported';
	return undefined;
}

function isWhole({ code, bytes = 1 }: Handed): boolean {
	return code === undefined && bytes > 0;
}

/** The error names no id, since the id is not known. */
function isReport({ code, requestId }: Handed): boolean {
	return code === 'submit_unconfirmed' && requestId === undefined;
}

const WORST: readonly End[] = [
	'delivered',
	'delivered again',
	'reported',
	'reported again',
	'gone',
];

function worst(ends: ReadonlyArray<End | undefined>): End | undefined {
	if (ends.includes(undefined)) return undefined;
	return WORST.findLast((end) => ends.includes(end));
}
