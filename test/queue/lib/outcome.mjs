// What happened to executions, judged from RunComfy's side and from where results are handed over.
import { hasFailed } from './executions.mjs';
import { seconds } from './measure.mjs';

/**
 * @param {import('./world.mjs').World} world
 * @param {number[]} marks
 */
export async function outcomeOf(world, marks) {
	const { jobsOf, deliveredAt, deliveries, executions, instance } = world;
	const paid = marks.filter((mark) => jobsOf(mark).length > 0);
	const delivered = paid.filter((mark) => deliveredAt(mark) !== undefined);
	const lost = paid.filter((mark) => deliveredAt(mark) === undefined);
	const known = await executions.byMark();
	const log = instance.lines().join('\n');
	const idOf = async (mark) => {
		const ids = jobsOf(mark).map(({ requestId }) => requestId);
		const stored = await Promise.all(
			(known.get(mark) ?? []).map(({ id }) => executions.textOf(id)),
		);
		const inAny = (texts) => ids.some((id) => texts.some((text) => text.includes(id)));
		return { mark, stored: inAny(stored), logged: inAny([log]) };
	};
	const ids = await Promise.all(lost.map(idOf));
	const errors = lost.flatMap((mark) => (known.get(mark) ?? []).slice(0, 1).filter(hasFailed));
	return {
		submitted: marks.length,
		paid: paid.length,
		delivered: delivered.length,
		lost: lost.length,
		/** Lost ones whose request id n8n has stored with the execution, or logged. */
		idStored: ids.filter(({ stored }) => stored).length,
		idLogged: ids.filter(({ logged }) => logged).length,
		/** Requests beyond the first of each execution. */
		twice: sum(marks.map((mark) => Math.max(0, jobsOf(mark).length - 1))),
		/** Results that came out more than once. */
		repeated: marks.filter((mark) => (deliveries.get(mark)?.length ?? 0) > 1).length,
		lostMarks: lost,
		/** What n8n says of the lost ones. */
		errors: await Promise.all(errors.map(({ id }) => executions.errorOf(id))),
		statuses: countEach(marks.map((mark) => known.get(mark)?.[0]?.status ?? 'none')),
	};
}

/** *Executions > Retry* of every failed one: what it pays for, and what it returns. */
export async function retryFailed(world, marks, withinMs) {
	const { executions, jobsOf, deliveredAt, settle } = world;
	const known = await executions.byMark();
	const failed = marks.filter((mark) => {
		const [newest] = known.get(mark) ?? [];
		return newest && hasFailed(newest) && deliveredAt(mark) === undefined;
	});
	const paidBefore = failed.filter((mark) => jobsOf(mark).length > 0);
	const before = sum(paidBefore.map((mark) => jobsOf(mark).length));
	await Promise.all(failed.map((mark) => executions.retry(known.get(mark)[0].id)));
	// The retry is another execution. Until it exists, the failed one is the newest.
	await new Promise((resolve) => setTimeout(resolve, 3_000));
	await settle(failed, withinMs);
	return {
		retried: failed.length,
		/** Accepted submits for what had already been paid for. */
		paidAgain: sum(paidBefore.map((mark) => jobsOf(mark).length)) - before,
		broughtBack: failed.filter((mark) => deliveredAt(mark) !== undefined).length,
	};
}

/** From a moment, or from the end of the run if that was later, until results came out. */
export function delays(world, marks, from) {
	const waits = marks.flatMap((mark) => {
		const at = world.deliveredAt(mark);
		const [job] = world.jobsOf(mark);
		return at === undefined || at < from ? [] : [at - Math.max(from, job.finishedAt ?? 0)];
	});
	return waits.length === 0 ? undefined : seconds(Math.max(...waits));
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function countEach(values) {
	const counts = {};
	for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
	return counts;
}
