// Many runs on the machines of one deployment by the core alone, on a virtual clock: what a batch takes
// if nothing but the status calls counts.

/** Milliseconds of a call. */
const CALL_MS = 30;

/**
 * @param {typeof import('../core/index.ts')} core
 * @param {number[]} lengthsMs
 * @param {number} slots as many runs at once as there are machines
 * @returns {Promise<{times: number}>} of the time that the machines alone need
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
	return { times: clock.now() / ideal(lengthsMs, slots) };
}

/** Milliseconds that the runs take at least, each begun as soon as a slot is free. */
function ideal(lengthsMs, slots) {
	const freeAt = new Array(slots).fill(0);
	for (const ms of lengthsMs) {
		const first = freeAt.indexOf(Math.min(...freeAt));
		freeAt[first] += ms;
	}
	return Math.max(...freeAt);
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
		async request({ url, method }) {
			await clock.sleep(CALL_MS);
			const [, id = '', kind = ''] = /requests\/(\d+)\/(\w+)/.exec(url) ?? [];
			const body = JSON.stringify(method === 'POST' ? begin() : look(Number(id), kind));
			return { status: 200, headers: {}, body };
		},
	};
}
