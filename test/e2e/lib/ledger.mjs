// What a record of messages and of RunComfy's requests shows: what was paid for, and how each ended.
import { VOLATILE } from './durable-flow.mjs';

/** The message that a request of the simulator was submitted for. */
const messageOf = (job) => String(job.overrides['6']?.inputs.text);

/**
 * Messages that have reached a run node and must still end. A deleted run node cancels its own, or they had ended at
 * RunComfy by then: nothing receives them.
 */
export function findOpen({ simulator, messages, deletions }) {
	const jobs = jobsByMessage(simulator);
	const wentWithNode = ({ state, createdAt, finishedAt }) =>
		state === 'canceled' || deletions.some(({ to }) => createdAt <= to && finishedAt <= to);
	return [...messages.values()].filter(({ id, tab, reached, ends }) => {
		if (!reached || ends.length > 0) return false;
		return tab !== VOLATILE || !(jobs.get(id) ?? []).every(wentWithNode);
	});
}

/**
 * How messages may end when the process does, judged by what the journal held at each end. If the process is killed
 * between handing over a result and writing that to the journal, it hands the result over again. If it is killed
 * between the submit and the line with its answer, nobody knows whether the request exists.
 */
export function allowedByStops({ simulator, stops }) {
	const jobs = jobsByMessage(simulator);
	const killedWith = ({ id }, inLife, matches) =>
		stops.some(({ signal, life, journal }) => {
			const entry = signal === 'SIGKILL' && inLife(life) && journal.get(id);
			return entry && matches(entry);
		});
	return {
		twice(message) {
			const [first, second, ...more] = message.ends;
			const again = more.length === 0 && second.resumed && second.requestId === first.requestId;
			const inLife = (life) => life === first.life;
			return again && killedWith(message, inLife, ({ receipt }) => receipt.ids.requestId);
		},
		// The next life may have ended, too, before it could report this.
		failed: (message, { code, life: told }) =>
			code === 'submit_unconfirmed' &&
			killedWith(
				message,
				(life) => life < told,
				({ receipt }) => receipt.ids.requestId === undefined,
			),
		/** It was not submitted when the process ended, so nothing is paid for. */
		lost: ({ id }) => !jobs.has(id),
	};
}

/** At each end of the process, the journal has every request whose message had not ended. */
export function findUnwritten({ simulator, messages, stops }) {
	const jobs = jobsByMessage(simulator);
	return stops.flatMap(({ life, signal, journal }) =>
		[...messages.values()]
			.filter(({ id, life: sentIn, ends }) => {
				const open = sentIn <= life && ends.every((end) => end.life > life);
				return open && jobs.has(id) && !journal.has(id);
			})
			.map(({ id }) => `${id} not in the journal after ${signal} of life ${life}`),
	);
}

/**
 * What is wrong, in words; nothing where every request was submitted once, and every message ended
 * once, with its own result.
 * @param {Awaited<ReturnType<import('./durable-runtime.mjs').createDurableRuntime>>} runtime
 * @param {object} [allowed]
 * @param {(message: object, end: object) => boolean} [allowed.failed] which ends may be errors other
 * than that of a failed run
 * @param {(message: object) => boolean} [allowed.twice] which messages may end twice
 * @param {(message: object) => boolean} [allowed.lost] which ones may not end
 */
export function findProblems(runtime, allowed = {}) {
	const { simulator, messages, ghosts, errors } = runtime;
	const { failed = never, twice = never, lost = never } = allowed;
	const jobs = jobsByMessage(simulator);
	const problems = [
		...ghosts.map((ghost) => `ghost: ${JSON.stringify(ghost)}`),
		...errors.map((line) => `printed: ${line}`),
		...[...jobs.keys()].filter((id) => !messages.has(id)).map((id) => `${id}: nobody sent it`),
	];
	const open = new Set(findOpen(runtime));
	for (const message of messages.values()) {
		const own = jobs.get(message.id) ?? [];
		const tell = (what) =>
			problems.push(`${what}: ${JSON.stringify(message)} ${JSON.stringify(own.map(stateOf))}`);
		if (own.length > 1) tell('submitted more than once');
		if (own.length > 0 && !message.reached) tell('submitted, though no run node got it');
		if (message.ends.length > 1 && !twice(message)) tell('ended more than once');
		if (open.has(message) && !lost(message)) tell('never ended');
		if (message.tab !== VOLATILE && own.some(({ cancelRequestedAt }) => cancelRequestedAt)) {
			tell('canceled, though nobody asked');
		}
		for (const end of message.ends) {
			if (end.requestId && end.requestId !== own[0]?.requestId) tell('has the end of another');
			const planned = end.how === 'sent' || end.code === 'run_failed' || failed(message, end);
			if (!planned) tell('failed');
		}
	}
	return problems;
}

const never = () => false;
const stateOf = ({ requestId, state }) => ({ requestId, state });

function jobsByMessage(simulator) {
	const jobs = new Map();
	for (const job of simulator.jobs.values()) {
		const id = messageOf(job);
		jobs.set(id, [...(jobs.get(id) ?? []), job]);
	}
	return jobs;
}

/** Figures about it, for people. */
export function countOf({ simulator, messages, ghosts }) {
	const reached = [...messages.values()].filter((message) => message.reached);
	const ends = reached.flatMap((message) => message.ends);
	return {
		messages: reached.length,
		submits: simulator.count('submit'),
		sent: ends.filter(({ how }) => how === 'sent').length,
		caught: ends.filter(({ how }) => how === 'caught').length,
		resumed: ends.filter(({ resumed }) => resumed).length,
		twice: reached.filter((message) => message.ends.length > 1).length,
		unconfirmed: ends.filter(({ code }) => code === 'submit_unconfirmed').length,
		withoutEnd: reached.filter((message) => message.ends.length === 0).length,
		canceled: [...simulator.jobs.values()].filter(({ state }) => state === 'canceled').length,
		ghosts: ghosts.length,
	};
}
