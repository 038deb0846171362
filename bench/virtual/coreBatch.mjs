// Many runs on the machines of one deployment by the core alone, on a virtual clock: what a batch takes
// if nothing but the status calls counts.
import { ideal } from '../sideBySide/task.mjs';

/** Milliseconds of a call. */
const CALL_MS = 30;

/**
 * @param {typeof import('../../core/index.ts')} core
 * @param {number[]} lengthsMs
 * @param {number} slots as many runs at once as there are machines
 * @returns {Promise<{times: number, calls: number}>} of the ideal; calls of a run
 */
export async function coreBatch(core, lengthsMs, slots) {
	const clock = createClock();
	const service = createService(clock, lengthsMs, slots);
	const host = {
		now: clock.now,
		monotonic: clock.now,
		sleep: clock.sleep,
		redact: (text) => text,
		toBase64: () => '',
		request: service.request,
	};
	const client = core.createClient({ host });
	let begun = 0;
	const lane = async () => {
		while (begun < lengthsMs.length) {
			begun += 1;
			await core.run(client, { deploymentId: 'd', overrides: {} });
		}
	};
	await clock.until(Promise.all(Array.from({ length: slots }, lane)));
	const count = lengthsMs.length;
	return { times: clock.now() / ideal(lengthsMs, slots), calls: service.calls() / count };
}

function createClock() {
	const sleepers = new Set();
	let now = 0;
	return {
		now: () => now,
		sleep: (ms) => new Promise((wake) => sleepers.add({ at: now + ms, wake })),
		/** Jumps from one sleeper to the next, until that is done. */
		async until(work) {
			let done = false;
			void work.finally(() => (done = true));
			while (!done) {
				await new Promise((resolve) => setImmediate(resolve));
				let next;
				for (const sleeper of sleepers) if (!next || sleeper.at < next.at) next = sleeper;
				if (done || !next) continue;
				sleepers.delete(next);
				now = next.at;
				next.wake();
			}
			await work;
		},
	};
}

function createService(clock, lengthsMs, slots) {
	const freeAt = new Array(slots).fill(0);
	const jobs = [];
	let calls = 0;
	const begin = () => {
		const slot = freeAt.indexOf(Math.min(...freeAt));
		const startsAt = Math.max(clock.now(), freeAt[slot]);
		const endsAt = startsAt + lengthsMs[jobs.length];
		freeAt[slot] = endsAt;
		jobs.push({ createdAt: clock.now(), startsAt, endsAt });
		return { request_id: String(jobs.length - 1) };
	};
	const look = (id, kind) => {
		const { createdAt, startsAt, endsAt } = jobs[id];
		const ended = clock.now() >= endsAt;
		const status = clock.now() < startsAt ? 'in_queue' : ended ? 'completed' : 'in_progress';
		const times = [createdAt, endsAt].map((at) => new Date(at).toISOString());
		return ended && kind === 'result'
			? { status: 'succeeded', outputs: {}, created_at: times[0], finished_at: times[1] }
			: { status };
	};
	return {
		calls: () => calls,
		async request({ url, method }) {
			calls += 1;
			await clock.sleep(CALL_MS);
			const [, id = '', kind = ''] = /requests\/(\d+)\/(\w+)/.exec(url) ?? [];
			const body = JSON.stringify(method === 'POST' ? begin() : look(Number(id), kind));
			return { status: 200, headers: {}, body };
		},
	};
}
