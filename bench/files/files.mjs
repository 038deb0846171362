// Files of up to a gibibyte from RunComfy to the disk, by each host, beside bare undici in its process; and
// pictures into a submit, up to what one may hold.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { patiently, startNodeRed } from '../../scripts/hosts/node-red.mjs';
import { needNodesOfN8n } from '../sideBySide/needs.mjs';
import { startSimulator } from '../simulator.mjs';
import { fileFlow } from './nodeRedFlow.mjs';

const MB = 1024 * 1024;
const SIZES_MB = [1, 64, 256, 1024];
/** The limit of an input is 50 MB. */
const INPUTS_MB = [1, 16, 47];
/** From here on, a call and a workflow around it do not count any more. */
const LARGE_MB = 64;
const MOST_GROWN_MB = 64;

const near = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @returns {Promise<import('../report.mjs').Measured>} */
export async function files() {
	await needNodesOfN8n();
	const data = [];
	for (const sizeMB of SIZES_MB) {
		const service = await startSimulator({ latencyMs: 1, outputBytes: sizeMB * MB });
		const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-files-'));
		try {
			const task = { service, dir, ...(await endedRun(service)) };
			data.push({ host: 'n8n', sizeMB, ...(await inN8n(task)) });
			data.push({ host: 'Node-RED', sizeMB, ...(await inNodeRed(task)) });
		} finally {
			service.stop();
			rmSync(dir, { recursive: true, force: true });
		}
	}
	for (const sizeMB of INPUTS_MB) {
		for (const [host, measure] of Object.entries({ n8n: inN8n, 'Node-RED': inNodeRed })) {
			const service = await startSimulator({ latencyMs: 1 });
			const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-files-'));
			try {
				const measured = await measure({ service, dir, inputBytes: sizeMB * MB });
				data.push({ host, sizeMB, input: true, ...measured });
			} finally {
				service.stop();
				rmSync(dir, { recursive: true, force: true });
			}
		}
	}
	return { figures: data.flatMap((one) => (one.input ? inputFigures(one) : toFigures(one))) };
}

/** A run that has ended, and the address of its file. */
async function endedRun({ url, token, deploymentIds }) {
	const deployment = `${url}/prod/v1/deployments/${deploymentIds.textToImage}`;
	const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
	const ask = async (path, more) =>
		(await fetch(`${deployment}/${path}`, { headers, ...more })).json();
	const { request_id: requestId } = await ask('inference', {
		method: 'POST',
		body: '{"overrides":{}}',
	});
	for (;;) {
		const { outputs } = await ask(`requests/${requestId}/result`);
		const [file] = Object.values(outputs ?? {}).flatMap(({ images }) => images ?? []);
		if (file) return { requestId, url: file.url };
		await pause(20);
	}
}

function inN8n(task) {
	return new Promise((resolve, reject) => {
		const env = { ...process.env, N8N_USER_FOLDER: task.dir };
		const child = fork(near('./n8nProcess.mjs'), [JSON.stringify(task)], { env });
		child.once('error', reject);
		child.once('exit', (code) => reject(new Error(`The n8n process ended with ${code}`)));
		child.once('message', resolve);
	});
}

async function inNodeRed({ service, dir, ...file }) {
	const driver = JSON.stringify(near('./nodeRedDriver.cjs'));
	const host = await startNodeRed({
		userDir: join(dir, 'user'),
		settings: `functionGlobalContext: { bench: require(${driver}) },`,
	});
	try {
		await host.deploy(fileFlow(service, join(dir, 'saved')));
		const task = encodeURIComponent(JSON.stringify({ ...file, dir }));
		return await patiently(async () => {
			const answer = await fetch(`${host.url}/run?task=${task}`);
			if (!answer.ok) throw new Error(await answer.text());
			return answer.json();
		});
	} finally {
		await host.stop();
	}
}

function toFigures({ host, sizeMB, bare, ours, hosts }) {
	const large = sizeMB >= LARGE_MB;
	const goal = (goals) => (large ? goals : {});
	// n8n stores a stream itself, in its own way: what can be reached there is what its own node reaches.
	const besides = hosts
		? [
				{ name: `speed of n8n's HTTP Request node`, value: hosts.ms / ours.ms, least: 0.9 },
				{ name: 'speed of bare undici', value: bare.ms / ours.ms },
			]
		: [{ name: 'speed of bare undici', value: bare.ms / ours.ms, least: 0.9 }];
	const speeds = besides.map(({ name, value, least }) => ({
		...{ name: `${host}, ${sizeMB} MiB: ${name}`, value, unit: '×' },
		...(least === undefined ? {} : goal({ least })),
	}));
	return [
		...speeds,
		{ name: '… time', value: ours.ms / 1000, unit: 's' },
		{
			...{ name: '… memory growth', value: ours.grown / MB, unit: 'MiB' },
			...goal({ most: MOST_GROWN_MB }),
		},
		{ name: '… event-loop delay, p99', value: ours.p99, unit: 'ms' },
		{ name: '… event-loop delay, longest', value: ours.longest, unit: 'ms' },
		{ name: '… event-loop delay of bare undici, longest', value: bare.longest, unit: 'ms' },
	];
}

function inputFigures({ host, sizeMB, ours }) {
	return [
		{ name: `${host}, ${sizeMB} MiB into a submit: time`, value: ours.ms / 1000, unit: 's' },
		{ name: '… memory growth', value: ours.grown / MB, unit: 'MiB' },
		{ name: '… event-loop delay, p99', value: ours.p99, unit: 'ms' },
		{ name: '… event-loop delay, longest', value: ours.longest, unit: 'ms' },
	];
}
