// Many items in one execution, and many executions that end together: how long they take, and how well n8n serves
// others meanwhile.
import { readFileSync } from 'node:fs';
import { until } from '../../../scripts/process.mjs';
import { createRandom } from '../../e2e/lib/random.mjs';
import { BATCH_PATH, batchWorkflow, WAIT_PATH, waitWorkflow } from '../lib/batchWorkflow.mjs';
import { residentMb, sample, seconds } from '../lib/measure.mjs';
import { textOf } from '../lib/workflow.mjs';

/**
 * Run times that are the same for every call.
 * @param {number} count
 * @param {[number, number]} between
 */
export function runTimesMs(count, between) {
	const random = createRandom(4_711);
	return Array.from({ length: count }, () => random.between(...between));
}

let marks = 500_000;
const nextMark = () => (marks += 1);

/** Seconds of processor time that a process has used so far. */
function cpuS(pid) {
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
	return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The least milliseconds that the runs take, so many at a time, in this order. */
function idealMs(runsMs, slots) {
	const free = Array.from({ length: Math.min(slots, runsMs.length) }, () => 0);
	for (const ms of runsMs) {
		const at = free.indexOf(Math.min(...free));
		free[at] += ms;
	}
	return Math.max(...free);
}

/** How n8n serves others: its start page, requested once a second. */
function askStartPage({ instance }) {
	const stop = sample(async () => {
		const began = Date.now();
		const status = await fetch(instance.url, {
			headers: { connection: 'close' },
			signal: AbortSignal.timeout(30_000),
		}).then(
			async (answer) => (await answer.text(), answer.status),
			() => 0,
		);
		return { status, ms: Date.now() - began };
	}, 1_000);
	return async () => {
		const seen = await stop();
		const times = seen.map(({ ms }) => ms).sort((a, b) => a - b);
		return {
			asked: seen.length,
			refused: seen.filter(({ status }) => status !== 200).length,
			p99Ms: times[Math.ceil(0.99 * times.length) - 1],
		};
	};
}

/**
 * Starts one execution with an item for each of these runs.
 * @param {import('../lib/world.mjs').World} world
 * @param {{runsMs: number[], options: object, withinMs?: number}} scene
 */
export async function batch(world, { runsMs, options, withinMs = 600_000 }) {
	const { simulator, instance, deliveries } = world;
	const known = (world.batches ??= new Map());
	const key = `${BATCH_PATH}${known.size}`;
	const json = batchWorkflow({ sinkUrl: world.sinkUrl, credential: world.credential, options });
	json.nodes[0].parameters.path = key;
	json.nodes[0].webhookId += String(known.size);
	known.set(key, await world.addWorkflow(json, key));
	simulator.clearFaults();
	for (const ms of runsMs) simulator.inject({ name: 'run_time', ms, times: 1 });
	const mark = nextMark();
	const since = simulator.requests.length;
	const beforeMb = residentMb(instance.main.pid);
	const memory = sample(() => residentMb(instance.main.pid), 500);
	const page = askStartPage(world);
	const cpu = cpuS(instance.main.pid);
	const began = Date.now();
	const answer = await world.post(
		{
			mark: textOf(mark),
			deploymentId: simulator.deploymentIds.textToImage,
			overrides: { 27: { inputs: { width: 64, height: 64 } } },
			items: runsMs.map((_ms, n) => ({ n })),
		},
		key,
	);
	if (!answer.ok) throw new Error(`n8n answers ${answer.status}`);
	const told = await until('all come out', () => deliveries.get(mark)?.[0], withinMs).catch(
		() => undefined,
	);
	const wallMs = (told?.at ?? Date.now()) - began;
	const requests = simulator.requests.slice(since);
	const paid = requests.filter(({ route, requestId }) => route === 'submit' && requestId).length;
	const seen = await memory();
	return {
		items: runsMs.length,
		out: told?.requestId.split(' ').filter(Boolean).length ?? 0,
		paid,
		status: told?.status,
		wallS: seconds(wallMs),
		idealS: seconds(idealMs(runsMs, options.concurrency ?? 10)),
		grewMb: Math.max(...seen) - beforeMb,
		cpuS: Math.round(10 * (cpuS(instance.main.pid) - cpu)) / 10,
		statusCalls: requests.filter(({ route }) => route === 'status').length,
		page: await page(),
	};
}

/** Executions of one run each that end at the same time: how long after its end each result comes out. */
export async function endTogether(world, { count, runMs }) {
	world.simulator.update({ latencyMs: runMs });
	const page = askStartPage(world);
	const cpu = cpuS(world.instance.main.pid);
	const found = await world.submitMany(count, { deployment: 'imageEdit' });
	await world.settle(found, runMs + 180_000);
	const lags = found.map((mark) => world.deliveredAt(mark) - world.jobsOf(mark)[0].finishedAt);
	const ends = found.map((mark) => world.jobsOf(mark)[0].finishedAt);
	const last = Math.max(...found.map((mark) => world.deliveredAt(mark)));
	return {
		out: lags.filter((ms) => !Number.isNaN(ms)).length,
		lastS: seconds(last - Math.max(...ends)),
		worstS: seconds(Math.max(...lags)),
		cpuS: Math.round(10 * (cpuS(world.instance.main.pid) - cpu)) / 10,
		page: await page(),
	};
}

/** As many of n8n's own Wait nodes, called at once: how long until the last one comes out. */
export async function waitTogether(world, { count }) {
	const { deliveries } = world;
	world.waits ??= await world.addWorkflow(waitWorkflow(world.sinkUrl), WAIT_PATH);
	const own = Array.from({ length: count }, nextMark);
	await Promise.all(own.map((mark) => world.post({ mark: textOf(mark) }, WAIT_PATH)));
	const addressOf = (mark) => deliveries.get(mark * 1_000_000)?.[0]?.requestId;
	await until('all wait', () => own.every(addressOf), 120_000);
	await new Promise((resolve) => setTimeout(resolve, 5_000));
	const began = Date.now();
	const answers = await Promise.all(
		own.map((mark) => fetch(addressOf(mark), { method: 'POST' }).then(({ status }) => status)),
	);
	await until('all come out', () => own.every((mark) => deliveries.has(mark)), 120_000);
	const last = Math.max(...own.map((mark) => deliveries.get(mark)[0].at));
	return {
		refused: answers.filter((status) => status !== 200).length,
		lastS: seconds(last - began),
	};
}
