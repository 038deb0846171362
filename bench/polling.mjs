// Measures status calls and lag (from the end of a run until the client has its result) of the core's polling on a
// virtual clock, with instant answers. Each figure is the mean over run lengths within ±5 %.
import { loadCore } from '../scripts/root.mjs';

const SECOND = 1_000;
const QUEUE_S = 2;

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** Goals for the lag in seconds, and for the number of status calls. */
const RUNS = [
	{ title: '3 to 20 s', lengths: range(3, 20), lag: 1, calls: 18 },
	{ title: '30 s', lengths: [30], lag: 1.8, calls: 24 },
	{ title: '60 s', lengths: [60], lag: 1.8, calls: 36 },
	{ title: '120 s', lengths: [120], lag: 2.5, calls: 58 },
	{ title: '300 s', lengths: [300], lag: 3, calls: 96 },
	{ title: '600 s', lengths: [600], lag: 4, calls: 160 },
	{ title: '1,200 s', lengths: [1200], lag: 6, calls: 225 },
];

/** Batches of a thousand runs of this many seconds, with one run per machine at a time. */
const BATCHES = [
	{ from: 30, to: 30, machines: 10, most: 1.05 },
	{ from: 24, to: 36, machines: 10, most: 1.05 },
	{ from: 10, to: 60, machines: 10, most: 1.05 },
	{ from: 60, to: 300, machines: 10, most: 1.05 },
	{ from: 5, to: 8, machines: 100, most: 1.35 },
];

/** @returns {Promise<import('./report.mjs').Measured>} */
export async function polling() {
	const core = loadCore();
	const figures = [];
	for (const { title, lengths, lag, calls } of RUNS) {
		const seen = await runsOf(core, lengths);
		figures.push(
			{ name: `run of ${title}: mean lag`, value: seen.lag, unit: 's', most: lag },
			{ name: `run of ${title}: status calls`, value: seen.calls, unit: '', most: calls },
		);
	}
	const after = (queueS) => mean(lengthsAround(300), (ms) => watched(core, ms, queueS));
	figures.push({
		name: 'status calls more, after a cold start of 4 minutes',
		value: (await after(240)).calls - (await after(QUEUE_S)).calls,
		unit: '',
		most: 25,
	});
	for (const { from, to, machines, most } of BATCHES) {
		const { times } = await coreBatch(core, between(from, to, 1_000), machines);
		const name = `1,000 runs of ${from === to ? from : `${from} to ${to}`} s on ${machines} machines`;
		figures.push({ name: `${name}: times the ideal`, value: times, unit: '×', most });
	}
	return { figures };
}

/** @param {number[]} seconds @returns {Promise<{calls: number, lag: number}>} means; the lag in seconds */
function runsOf(core, seconds) {
	return mean(seconds.flatMap(lengthsAround), (ms) => watched(core, ms, QUEUE_S));
}

/** 41 run lengths in milliseconds, from 95 to 105 % of `seconds`. */
function lengthsAround(seconds) {
	return Array.from({ length: 41 }, (_, at) => seconds * SECOND * (0.95 + 0.0025 * at));
}

/** Run lengths in milliseconds, spread over this range in seconds; the same at each call. */
function between(from, to, count) {
	let state = 7;
	const draw = () => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return state / 2_147_483_648;
	};
	return Array.from({ length: count }, () => Math.round(SECOND * (from + (to - from) * draw())));
}

async function mean(runs, measure) {
	const seen = [];
	for (const run of runs) seen.push(await measure(run));
	const of = (key) => seen.reduce((sum, one) => sum + one[key], 0) / seen.length;
	return { calls: of('calls'), lag: of('lag') };
}

/** Watches one run with the core. @returns {Promise<{calls: number, lag: number}>} lag in seconds */
async function watched(core, runMs, queueS) {
	let clock = 0;
	const queuedMs = queueS * SECOND;
	const endsAt = queuedMs + runMs;
	const state = () =>
		clock < queuedMs ? 'in_queue' : clock < endsAt ? 'in_progress' : 'completed';
	const ended = () => ({
		status: 'succeeded',
		outputs: {},
		created_at: new Date(0).toISOString(),
		finished_at: new Date(endsAt).toISOString(),
	});
	const host = {
		now: () => clock,
		monotonic: () => clock,
		sleep: async (ms) => {
			clock += ms;
		},
		request: async ({ url }) => {
			const result = !url.endsWith('/status') && state() === 'completed';
			const body = JSON.stringify(result ? ended() : { status: state() });
			return { status: 200, headers: {}, body };
		},
	};
	const client = core.createClient({ host });
	const planned = core.plannedReceipt({ deploymentId: 'deployment' }, 0);
	const { timings } = await pursuitOf(core, client, {
		...planned,
		state: 'accepted',
		ids: { ...planned.ids, requestId: 'request' },
	}).ended();
	return { calls: timings.status_calls, lag: (clock - endsAt) / SECOND };
}

/** @param {typeof import('../core/index.ts')} core */
function pursuitOf(core, client, receipt) {
	const options = {
		input: () => ({ deploymentId: 'd' }),
		keep: () => undefined,
		cancels: () => false,
	};
	return new core.Pursuit(client, receipt, options);
}

/** Duration of a call in milliseconds. */
const CALL_MS = 30;

/**
 * Simulates many runs on the machines of one deployment, in which only status calls cost time.
 * @param {typeof import('../core/index.ts')} core
 * @param {number[]} lengthsMs
 * @param {number} slots concurrent runs, one per machine
 * @returns {Promise<{times: number}>} total time, as a multiple of the ideal
 */
async function coreBatch(core, lengthsMs, slots) {
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
			await pursuitOf(core, client, core.plannedReceipt({}, clock.now())).ended();
		}
	};
	await clock.until(Promise.all(Array.from({ length: slots }, lane)));
	return { times: clock.now() / ideal(lengthsMs, slots) };
}

/** Minimum total time in milliseconds, if each run starts as soon as a slot is free. */
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
		/** Jumps from one timer to the next until `work` has finished. */
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
