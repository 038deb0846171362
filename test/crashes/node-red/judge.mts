import type { End } from '../points.mts';
import type { Handed } from '../support/life.mts';
import type { Story } from './world.mts';

/** The worst end of the messages, with all that is known of those whose end is not allowed. */
export function endOf(
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
