// Starts a real Node-RED in its own process, with this package in its user directory.
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { start, until } from '../process.mjs';
import { requireFromRoot, root } from '../root.mjs';

/**
 * @typedef {object} NodeRed
 * @property {string} url address of the editor and the admin API
 * @property {number | undefined} pid
 * @property {() => boolean} alive
 * @property {(flows: object[], type?: 'full' | 'flows' | 'nodes') => Promise<unknown>} deploy
 * @property {(id: string, props?: object[]) => Promise<void>} inject presses an Inject node's button
 * @property {(signal?: NodeJS.Signals) => Promise<number | null>} stop
 */

/**
 * Resolves once this Node-RED has loaded its flows; never mistakes another program on the port for it. Rejects with the
 * log if Node-RED exits before that.
 * @param {object} options
 * @param {string} options.userDir created if missing; its node_modules gets links to this package
 * @param {number} [options.port] a free one by default
 * @param {NodeJS.ProcessEnv} [options.env] in addition to this process's own
 * @param {(line: string) => void} [options.log] called with every line that Node-RED prints
 * @param {string} [options.script] Node-RED's start script
 * @param {string} [options.node] the Node.js that runs it
 * @param {boolean} [options.link] whether to link this package into the user directory
 * @param {string} [options.settings] more entries of the settings file, as JavaScript
 * @returns {Promise<NodeRed>}
 */
export async function startNodeRed(options) {
	const { userDir, env = {}, log = () => undefined, link = true } = options;
	const { node = process.execPath } = options;
	const port = options.port ?? (await freePort());
	if (link) linkPackage(userDir);
	else mkdirSync(userDir, { recursive: true });
	const settings = join(userDir, 'settings.js');
	writeFileSync(settings, `module.exports = {${SETTINGS}${options.settings ?? ''}};`);

	const script = options.script ?? requireFromRoot.resolve('node-red/red.js');
	const args = [script, '-s', settings, '-u', userDir, '-p', String(port)];
	const child = start(node, args, {
		cwd: userDir,
		env: { ...process.env, ...env },
		log,
	});
	const url = `http://127.0.0.1:${port}`;
	await ready(url, child);

	const post = async (path, body, headers = {}) => {
		const answer = await fetch(url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json', ...headers },
			body: JSON.stringify(body),
		});
		if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`);
		return true;
	};
	return {
		url,
		pid: child.pid,
		alive: child.running,
		deploy: (flows, type = 'full') =>
			post('/flows', { flows }, { 'node-red-api-version': 'v2', 'node-red-deployment-type': type }),
		// Node-RED answers a deploy before the flows have started; until then, it cannot find the node.
		async inject(id, props) {
			const body = props ? { __user_inject_props__: props } : {};
			await until(`${id} is there`, () => post(`/inject/${id}`, body), 5_000);
		},
		stop: child.stop,
	};
}

const SETTINGS = `
	uiHost: '127.0.0.1',
	// Fixed, because the log is parsed.
	lang: 'en-US',
	flowFile: 'flows.json',
	credentialSecret: false,
	telemetry: { enabled: false, updateNotification: false },
	editorTheme: { tours: false, palette: { catalogues: [] } },
	logging: { console: { level: 'info', metrics: false, audit: false } },
`;

// Links only the parts that Node-RED loads. A link to the whole repository would contain itself through `output`, and
// tools that follow links would loop forever.
function linkPackage(userDir) {
	const target = join(userDir, 'node_modules', 'n8n-nodes-runcomfy');
	rmSync(target, { recursive: true, force: true });
	mkdirSync(target, { recursive: true });
	cpSync(join(root, 'package.json'), join(target, 'package.json'));
	for (const part of ['dist', 'examples'])
		symlinkSync(join(root, part), join(target, part), 'junction');
	writeFileSync(
		join(userDir, 'package.json'),
		JSON.stringify({
			name: 'user-dir',
			private: true,
			dependencies: { 'n8n-nodes-runcomfy': '*' },
		}),
	);
}

/** @param {string} url @param {ReturnType<typeof start>} child */
async function ready(url, child) {
	// Only its own log proves that this process has the port: another program there might answer, too.
	const listens = () => child.lines.some((line) => line.includes(`now running at ${url}/`));
	const isUp = () => listens() && loaded(url);
	try {
		await until('its flows are loaded', () => !child.running() || isUp(), 60_000);
		if (!child.running()) throw new Error('Node-RED ended');
	} catch {
		await child.stop('SIGKILL');
		throw new Error(`Node-RED did not start at ${url}:\n${child.lines.slice(-20).join('\n')}`);
	}
}

/**
 * Whether the flows are loaded. Node-RED listens earlier, but then version 1 of its API fails and logs an error;
 * version 2 answers `null`.
 * @param {string} url
 */
async function loaded(url) {
	const headers = { 'node-red-api-version': 'v2' };
	return fetch(`${url}/flows`, { headers })
		.then(async (answer) => answer.ok && (await answer.json()) !== null)
		.catch(() => false);
}
