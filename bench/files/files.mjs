// Measures files of up to a gibibyte on their way from RunComfy to the disk, for each host, with bare undici in the
// same process for comparison. Each host and the simulator is a process of its own.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/free-port.mjs';
import { setup, toolPath } from '../../scripts/hosts/setup.mjs';
import { exec, start, startService } from '../../scripts/process.mjs';
import { loadPresetDeployments, root } from '../../scripts/root.mjs';
import { inNodeRed } from './nodeRed.mjs';

const MB = 1024 * 1024;
const SIZES_MB = [1, 64, 256, 1024];
/** From here on, a call and a workflow around it do not count any more. */
const LARGE_MB = 64;
const MOST_GROWN_MB = 64;

/** @typedef {{service: {url: string, token: string, deploymentId: string}, dir: string, requestId: string, url: string}} Task */

/** @returns {Promise<import('../report.mjs').Measured>} */
export async function files() {
	// n8n's own nodes come with n8n.
	if (!existsSync(toolPath('n8n-nodes-base/package.json'))) await setup({ browser: false });
	const data = [];
	for (const sizeMB of SIZES_MB) {
		await withEndedRun(sizeMB * MB, async (task) => {
			data.push({ host: 'n8n', sizeMB, ...(await inN8n(task)) });
			data.push({ host: 'Node-RED', sizeMB, ...(await inNodeRed(task)) });
		});
	}
	return { figures: data.flatMap(toFigures) };
}

/** @param {number} outputBytes @param {(task: Task) => Promise<void>} work */
async function withEndedRun(outputBytes, work) {
	const port = await freePort();
	const cli = join(root, 'dist/simulator/cli.cjs');
	const args = ['--port', port, '--latency', 1, '--output-bytes', outputBytes].map(String);
	const launch = () => start(process.execPath, [cli, ...args]);
	const simulator = await startService('the simulator', launch, ({ lines }) =>
		lines.some((line) => line.includes('Ctrl-C')),
	);
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-files-'));
	const url = `http://127.0.0.1:${port}`;
	const [{ id: deploymentId } = { id: '' }] = loadPresetDeployments();
	const service = { url, token: 'simulator-token', deploymentId };
	try {
		await work({ service, dir, ...(await endedRun(service)) });
	} finally {
		await simulator.stop();
		rmSync(dir, { recursive: true, force: true });
	}
}

/** A run that has ended, and the address of its file. @param {Task['service']} service */
async function endedRun({ url, token, deploymentId }) {
	const deployment = `${url}/prod/v1/deployments/${deploymentId}`;
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

/** n8n keeps its settings in singletons: it has a process for each task. @param {Task} task */
async function inN8n(task) {
	const script = fileURLToPath(new URL('./n8nProcess.mjs', import.meta.url));
	const env = { ...process.env, N8N_USER_FOLDER: task.dir };
	const printed = await exec(process.execPath, [script, JSON.stringify(task)], { env });
	return JSON.parse(printed.split('\n').at(-1) ?? '');
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
		// n8n stores a stream itself, in its own way: what can be reached there is what its own node reaches.
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
