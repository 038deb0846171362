// Measures downloads of up to 1 GiB from RunComfy to disk in each host, compared with bare undici in the same process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { place, withNodeRed } from '../nodeRed.mjs';
import { inProcess, needNodesOfN8n, startSimulator } from '../processes.mjs';

const MB = 1024 * 1024;
const SIZES_MB = [1, 64, 256, 1024];
/** From this size on, the fixed cost of a call and its workflow no longer matters. */
const LARGE_MB = 64;
const MOST_GROWN_MB = 64;

/** @returns {Promise<import('../report.mjs').Measured>} */
export async function files() {
	await needNodesOfN8n();
	const data = [];
	for (const sizeMB of SIZES_MB) {
		await withService({ outputBytes: sizeMB * MB }, async (task) => {
			const run = { ...task, ...(await endedRun(task.service)) };
			data.push({ host: 'n8n', sizeMB, ...(await inN8n(run)) });
			data.push({ host: 'Node-RED', sizeMB, ...(await inNodeRed(run)) });
		});
	}
	return { figures: data.flatMap(toFigures) };
}

async function withService(options, work) {
	const service = await startSimulator({ latencyMs: 1, ...options });
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-files-'));
	try {
		await work({ service, dir });
	} finally {
		service.stop();
		rmSync(dir, { recursive: true, force: true });
	}
}

/** Completes a run, and returns the URL of its file. */
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

const inN8n = (task) => inProcess('./files/n8nProcess.mjs', task, { N8N_USER_FOLDER: task.dir });

function inNodeRed({ service, dir, ...file }) {
	const result = {
		id: 'result',
		type: 'runcomfy-result',
		...place,
		config: 'account',
		deploymentId: service.deploymentIds.textToImage,
		deploymentIdType: 'str',
		requestId: 'requestId',
		requestIdType: 'msg',
		output: 'saved',
		directory: join(dir, 'saved'),
		directoryType: 'str',
		wires: [['mark']],
	};
	const driver = fileURLToPath(new URL('./nodeRedDriver.cjs', import.meta.url));
	return withNodeRed({ driver, service, entrances: ['result'], nodes: [result] }, (ask) =>
		ask({ ...file, dir }),
	);
}

function toFigures({ host, sizeMB, bare, ours, hosts }) {
	const isLarge = sizeMB >= LARGE_MB;
	const of = `${host}, ${sizeMB} MiB`;
	const speed = (name, other, least) => ({
		name: `${of}: speed of ${name}`,
		value: other.ms / ours.ms,
		unit: '×',
		...(isLarge && least && { least }),
	});
	return [
		// n8n stores streams in its own way, so its own node sets the achievable speed.
		...(hosts ? [speed(`n8n's HTTP Request node`, hosts, 0.9)] : []),
		speed('bare undici', bare, hosts ? undefined : 0.9),
		{ name: `${of}: time`, value: ours.ms / 1000, unit: 's' },
		{
			name: `${of}: memory growth`,
			value: ours.grown / MB,
			unit: 'MiB',
			...(isLarge && { most: MOST_GROWN_MB }),
		},
		{ name: `${of}: event-loop delay, p99`, value: ours.p99, unit: 'ms' },
		{ name: `${of}: event-loop delay of bare undici, p99`, value: bare.p99, unit: 'ms' },
	];
}
