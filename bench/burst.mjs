// A burst of messages to runcomfy-run, and large pictures, in a real Node-RED: how long its event loop
// is held up, and what a message that waits keeps in memory.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startNodeRed } from '../scripts/hosts/node-red.mjs';
import { burstFlow } from './burstFlow.mjs';
import { patiently } from './patiently.mjs';
import { startSimulator } from './simulator.mjs';

const MESSAGES = 2_000;
const PICTURES = 5;
/** Each in a process of its own; the figures are medians. */
const ROUNDS = 5;
const AT_ONCE = 500;
const WAIT_MS = 5_000;
const SHORT = { latencyMs: 20, maxInstances: AT_ONCE };
const LONG = { latencyMs: 3_600_000 };

const probe = fileURLToPath(new URL('./loopProbe.cjs', import.meta.url));

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function burst() {
	const come = await rounds(LONG, {}, ({ measureJournal }) => measureJournal('texts', MESSAGES));
	const wait = await rounds(LONG, { concurrency: MESSAGES }, ({ measureWait }) =>
		measureWait('texts', MESSAGES),
	);
	const out = await rounds(SHORT, { concurrency: AT_ONCE }, ({ measure }) =>
		measure('texts', MESSAGES),
	);
	const alone = await rounds(SHORT, {}, ({ measure }) => measure('nothing', MESSAGES));
	const pictures = await rounds(SHORT, { concurrency: 1 }, ({ measure }) =>
		measure('pictures', PICTURES),
	);
	return [
		...figures(`${MESSAGES} messages that wait for their runs`, wait, 20),
		// Sent in one turn by one node: Node-RED itself takes most of that turn.
		...figures(`${MESSAGES} messages, until the journal has all`, come),
		...figures(`${MESSAGES} messages, until all have ended`, out),
		...figures(`${MESSAGES} messages without runcomfy-run`, alone),
		...figures(`${PICTURES} pictures of 8 MB, until all have ended`, pictures, 20),
	];
}

function figures(name, measured, most) {
	const goal = most === undefined ? {} : { most };
	const figure = (what, key) => ({ name: `  ${what}`, value: median(measured, key), unit: 'ms' });
	return [
		{ name, value: median(measured, 'tookMs'), unit: 'ms' },
		{ ...figure('event-loop delay, p99', 'p99'), ...goal },
		figure('longest', 'longest'),
		{ ...figure('p99 but for waiting for a processor', 'ownP99'), ...goal },
		figure('longest but for that', 'ownLongest'),
	];
}

function median(results, key) {
	const sorted = results.map((result) => result[key]).sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)];
}

async function rounds(options, account, work) {
	const results = [];
	for (let round = 0; round < ROUNDS; round += 1) {
		results.push(await withFlow(options, account, work));
	}
	return results;
}

async function withFlow(options, account, work) {
	const simulator = await startSimulator(options);
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-burst-'));
	const userDir = join(dir, 'user');
	const host = await startNodeRed({
		userDir,
		settings: `functionGlobalContext: { probe: require(${JSON.stringify(probe)}) },`,
	});
	const ask = async (path) => (await fetch(`${host.url}${path}`)).json();
	const journalSize = () => statSync(join(userDir, 'runcomfy-jobs.jsonl')).size;
	const measure = (kind, count) => ask(`/burst?kind=${kind}&count=${count}`);
	try {
		await host.deploy(burstFlow(simulator, account));
		await patiently(() => measure('nothing', 1));
		if (options === SHORT) {
			// What loads once is not to be measured.
			await measure('texts', 20);
			await measure('pictures', 1);
		}
		return await work({
			/** Sends so many messages, and measures until the last one is out. */
			measure,
			/** The same until the journal has all of them. */
			async measureJournal(kind, count) {
				await ask(`/begin?kind=${kind}&count=${count}`);
				return ask(`/end?at=${await lastChange(journalSize)}`);
			},
			/** Some seconds in which so many wait, each with its request at RunComfy. */
			async measureWait(kind, count) {
				await ask(`/begin?kind=${kind}&count=${count}`);
				await lastChange(journalSize);
				await ask('/begin?kind=nothing&count=0');
				await pause(WAIT_MS);
				return ask('/end?at=Infinity');
			},
		});
	} finally {
		await host.stop('SIGKILL');
		simulator.stop();
		rmSync(dir, { recursive: true, force: true });
	}
}

/** When a size changed last, in milliseconds since the epoch, once it has been the same for a while. */
async function lastChange(sizeOf) {
	let seen = { size: sizeOf(), at: Date.now() };
	while (Date.now() - seen.at < 2_000) {
		await pause(5);
		const size = sizeOf();
		if (size !== seen.size) seen = { size, at: Date.now() };
	}
	return seen.at;
}
