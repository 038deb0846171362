// Status calls and lag (from the end of a run to the moment its result is known here), on a virtual
// clock: the core's own polling, beside fixed loops, against a service that answers at once. Each figure is
// the mean over run lengths of ±5 %.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCore } from '../scripts/dist.mjs';
import { root } from '../scripts/root.mjs';
import { pollingChart } from './chart.mjs';
import { between, drawer, SLOTS } from './sideBySide/task.mjs';
import { coreBatch } from './virtual/coreBatch.mjs';

const SECOND = 1_000;
const QUEUE_S = 2;

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** First runs of a deployment: the goals of lag, in seconds, and of status calls. */
const FIRST_RUNS = [
	{ title: '3 to 20 s', lengths: range(3, 20), lag: 1, calls: 12 },
	{ title: '30 s', lengths: [30], lag: 2, calls: 16 },
	{ title: '60 s', lengths: [60], lag: 2.5, calls: 25 },
	{ title: '120 s', lengths: [120], lag: 4, calls: 32 },
	{ title: '300 s', lengths: [300], lag: 6, calls: 50 },
	{ title: '600 s', lengths: [600], lag: 10, calls: 70 },
	{ title: '1,200 s', lengths: [1200], lag: 15, calls: 100 },
];
const KNOWN_LENGTHS = [60, 300, 1200];
const SCATTERS = [0, 10, 20, 40];

/** Of the chart: loops as people set them, beside the core. */
const CHART_RUNS_S = [30, 60, 300, 1200];
const LOOPS_S = [1, 2, 5, 10, 30];

/** @returns {Promise<import('./report.mjs').Measured>} */
export async function polling() {
	// Only now: the build comes first.
	const core = loadCore();
	const figures = [
		...(await firstRuns(core)),
		...(await knownRuns(core)),
		await coldStart(core),
		...(await batchesOf(core)),
	];
	writeFileSync(join(root, 'docs/images/bench-polling.svg'), pollingChart(await curves(core)));
	return { figures };
}

/** Seconds from, to, of a thousand runs. */
const BATCHES_S = [[30, 30], [24, 36], [10, 60], [60, 300]]; // prettier-ignore

async function batchesOf(core) {
	const figures = [];
	for (const [from = 0, to = 0] of BATCHES_S) {
		const { times, calls } = await coreBatch(core, between(from, to, 1_000), SLOTS);
		const name = `1,000 runs of ${from === to ? from : `${from} to ${to}`} s on ten machines`;
		figures.push(
			{ name: `${name}: times the ideal`, value: times, unit: '×', most: 1.05 },
			{ name: '… calls each', value: calls, unit: '' },
		);
	}
	return figures;
}

/** Status calls and lag, in seconds, of runs of each length: fixed loops, a first run, known ones of ±20 %. */
async function curves(core) {
	const found = [];
	for (const runS of CHART_RUNS_S) {
		found.push({
			runS,
			loops: LOOPS_S.map((stepS) => ({ stepS, ...looped(runS, stepS) })),
			first: await mean(lengthsAround(runS), (ms) => watched(core, ms, QUEUE_S)),
			known: await knownRun(core, runS, 0.2),
		});
	}
	return found;
}

/** A loop of a fixed step, wherever the end falls between two looks. */
function looped(runS, stepS) {
	return { calls: (QUEUE_S + runS) / stepS + 0.5, lag: stepS / 2 };
}

async function firstRuns(core) {
	const figures = [];
	for (const { title, lengths, lag, calls } of FIRST_RUNS) {
		const seen = await mean(lengths.flatMap(lengthsAround), (ms) => watched(core, ms, QUEUE_S));
		const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
		const loop = looped(meanLength, 2 * seen.lag).calls;
		figures.push(
			{ name: `first run of ${title}: mean lag`, value: seen.lag, unit: 's', most: lag },
			{ name: '… status calls', value: seen.calls, unit: '', most: calls },
			{
				name: '… calls, of those of an equal fixed loop',
				value: seen.calls / loop,
				unit: '×',
				most: 2,
			},
		);
	}
	return figures;
}

async function knownRuns(core) {
	const figures = [];
	for (const runS of KNOWN_LENGTHS) {
		for (const scatter of SCATTERS) {
			const seen = await knownRun(core, runS, scatter / 100);
			// Where all runs are alike, it is luck where their end falls between two looks.
			const goal = scatter === 10 || scatter === 20;
			const name = `run of ${runS} s, five known, ±${scatter} %`;
			figures.push(
				{
					name: `${name}: mean lag`,
					value: (100 * seen.lag) / runS,
					unit: '%',
					...(goal && { most: 2.5 }),
				},
				{ name: '… status calls', value: seen.calls, unit: '', ...(goal && { most: 12 }) },
			);
		}
	}
	return figures;
}

/** Four hundred runs of which five have been seen before. @returns {Promise<{calls: number, lag: number}>} */
export async function knownRun(core, runS, scatter) {
	const draw = drawer();
	const length = () => runS * SECOND * (1 + scatter * (2 * draw() - 1));
	const five = () => Array.from({ length: 5 }, length);
	const runs = Array.from({ length: 400 }, () => ({ learned: five(), ms: length() }));
	return mean(runs, ({ learned, ms }) => watched(core, ms, QUEUE_S, learned));
}

async function coldStart(core) {
	const after = (queueS) => mean(lengthsAround(300), (ms) => watched(core, ms, queueS));
	const more = (await after(240)).calls - (await after(QUEUE_S)).calls;
	return {
		name: 'status calls more, after a cold start of 4 minutes',
		value: more,
		unit: '',
		most: 15,
	};
}

/** Milliseconds, 41 lengths from 95 to 105 % of `seconds`. */
function lengthsAround(seconds) {
	return Array.from({ length: 41 }, (_, at) => seconds * SECOND * (0.95 + 0.0025 * at));
}

async function mean(runs, measure) {
	const seen = [];
	for (const run of runs) seen.push(await measure(run));
	const of = (key) => seen.reduce((sum, one) => sum + one[key], 0) / seen.length;
	return { calls: of('calls'), lag: of('lag') };
}

/** One run, watched by the core. @returns {Promise<{calls: number, lag: number}>} lag in seconds */
async function watched(core, runMs, queueS, learnedMs = []) {
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
	const ref = { deploymentId: 'deployment', requestId: 'request' };
	const runTimes = core.createRunTimes();
	if (learnedMs.length > 0) runTimes.set(ref.deploymentId, learnedMs);
	const { statusCalls } = await core.watch(client, ref, { submittedAt: 0, runTimes });
	return { calls: statusCalls, lag: (clock - endsAt) / SECOND };
}
