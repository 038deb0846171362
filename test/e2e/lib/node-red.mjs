// A real Node-RED with its package, installed as the palette manager does, started for the tests of one `describe`; its
// flows and its editor.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before } from 'node:test';
import { freePort } from '../../../scripts/free-port.mjs';
import { startNodeRed } from '../../../scripts/hosts/node-red.mjs';
import { nodeForN8n, toolPath } from '../../../scripts/hosts/setup.mjs';
import { PACKED } from '../../../scripts/package.mjs';
import { exec, temporaryFolder } from '../../../scripts/process.mjs';
import { loadSimulator, root } from '../../../scripts/root.mjs';
import { openBrowser } from './browser.mjs';
import { dialogOf } from './node-red-dialog.mjs';

/** The oldest supported release: one test opens it and runs a flow. */
export const OLDEST = '4.0';

export const RELEASES = ['4.1', '5'];

/** Node-RED 5 needs Node.js 22.9; 4 runs on every version that this package supports. */
const HOSTS = {
	[OLDEST]: { script: 'node-red-4.0/red.js', node: () => process.execPath },
	4.1: { script: 'node-red-4/red.js', node: () => process.execPath },
	5: { script: 'node-red/red.js', node: nodeForN8n },
};

/**
 * @typedef {object} Rig
 * @property {string} dir
 * @property {any} simulator
 * @property {string} url
 * @property {import('../../../scripts/hosts/node-red.mjs').NodeRed} nodeRed
 * @property {string[]} lines what Node-RED has printed
 * @property {() => Promise<void>} start again, on what the process before has left
 */

/**
 * Returns an object that is filled before the first test.
 * @param {string} release one of `RELEASES`, or `OLDEST`
 * @param {object} options
 * @param {(rig: Rig) => object[]} [options.flow] deployed before the first test
 * @param {object} [options.simulator] options of the simulator
 * @param {string} [options.settings] more entries of the settings file
 * @param {string[]} [options.modules] other packages, as the palette manager installs them
 * @param {NodeJS.ProcessEnv} [options.env] in addition to this process's own
 * @returns {Rig}
 */
export function useNodeRed(release, options) {
	const { flow, simulator, settings, modules = [], env } = options;
	const rig = /** @type {Rig} */ ({ lines: [] });
	let port;
	/** @type {ReturnType<typeof temporaryFolder>} */
	let place;
	rig.start = async () => {
		const userDir = join(rig.dir, 'user');
		const log = (line) => rig.lines.push(line);
		const { script, node } = HOSTS[release];
		rig.nodeRed = await startNodeRed({
			userDir,
			port,
			log,
			env,
			link: false,
			script: toolPath(script),
			node: node(),
			settings,
		});
	};
	before(async () => {
		place = temporaryFolder('runcomfy-node-red-');
		rig.dir = place.folder;
		port = await freePort();
		rig.url = `http://127.0.0.1:${port}`;
		rig.simulator = await loadSimulator().createSimulator(simulator);
		await install(release, join(rig.dir, 'user'), modules);
		await rig.start();
		if (flow) await rig.nodeRed.deploy(flow(rig));
	});
	after(async () => {
		await rig.nodeRed?.stop();
		await rig.simulator?.close();
		place?.remove();
	});
	return rig;
}

/**
 * Like `useNodeRed`, with the editor open in a browser; fails on errors in the page.
 * @param {string} release
 * @param {Parameters<typeof useNodeRed>[1]} options
 * @param {Parameters<typeof openBrowser>[0]} [browser]
 */
export function useEditor(release, options, browser) {
	/** @type {Rig & {editor: Awaited<ReturnType<typeof openEditor>>, dialog: ReturnType<typeof dialogOf>}} */
	const rig = /** @type {any} */ (useNodeRed(release, options));
	before(async () => {
		rig.editor = await openEditor(rig.url, { viewport: { width: 1440, height: 1100 }, ...browser });
		rig.dialog = dialogOf(rig.editor);
	});
	after(async () => {
		const errors = rig.editor?.pageErrors;
		await rig.editor?.close();
		assert.deepEqual(errors, []);
	});
	return rig;
}

/** The beginning of a flow: a tab, and an account for the simulator. */
export const tabAndAccount = ({ url, token }) => [
	{ id: 'tab', type: 'tab', label: 'Pictures' },
	{
		id: 'account',
		type: 'runcomfy-config',
		name: 'Studio',
		baseUrl: url,
		credentials: { apiToken: token },
	},
];

/**
 * An example of the package after import, with an account filled in.
 * @param {string} name of its file
 * @param {any} simulator
 * @param {string} [dir] the directory of the files is in it
 */
export const exampleOf = (name, { url, token }, dir = '') =>
	JSON.parse(readFileSync(join(root, 'examples', `${name}.json`), 'utf8')).map((node) => ({
		...node,
		...(node.type === 'runcomfy-config' && { baseUrl: url, credentials: { apiToken: token } }),
		...(node.directory && { directory: join(dir, node.directory) }),
	}));

/** Nodes of `tabAndAccount`, one below the other, given by how they differ from new ones. */
export const onTab = (nodes) =>
	nodes.map((node, at) => ({
		z: 'tab',
		x: node.type === 'inject' ? 140 : 340,
		y: 100 + 60 * at,
		...(node.type.startsWith('runcomfy-') && { config: 'account' }),
		wires: [[]],
		...node,
	}));

/** A button that sends a payload. */
export const button = (id, to, payload = { v: 'a red fox', vt: 'str' }) => ({
	id,
	type: 'inject',
	repeat: '',
	crontab: '',
	props: [{ p: 'payload', ...payload }],
	wires: [[to]],
});

/** npm's arguments for an install by the palette manager of Node-RED 4 and 5. */
const INSTALL = [
	...['install', '--no-audit', '--no-update-notifier', '--no-fund', '--save', '--save-prefix=~'],
	...['--omit=dev', '--engine-strict', '--'],
];

/** Installs the package, and others, into a new user directory. */
async function install(release, userDir, modules) {
	const node = HOSTS[release].node();
	mkdirSync(userDir, { recursive: true });
	writeFileSync(join(userDir, 'package.json'), '{"name":"user-dir","private":true}');
	const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
	await exec('npm', [...INSTALL, PACKED.nodeRed, ...modules], { cwd: userDir, env });
}

/** Node-RED 5 shows tips after a second, and throws an error on pages without a place for them. */
const TIPS = /reading 'html'\)\s+at a \(\S+\/red\/red\.min\.js/;

/** A browser with the editor open and its flows loaded. */
export async function openEditor(url, options) {
	const browser = await openBrowser(options);
	const { page } = browser;
	const loaded = () =>
		page.waitForFunction(() => {
			const { RED } = /** @type {any} */ (globalThis);
			return RED?.workspaces?.active() && document.querySelector('.red-ui-palette-node');
		});
	const reload = async () => {
		// Requests that are cut off while the page loads would count as errors.
		await page.waitForLoadState('networkidle');
		await page.reload();
		await loaded();
	};
	await page.goto(url);
	await loaded();
	return {
		...browser,
		get pageErrors() {
			return browser.pageErrors.filter((error) => !TIPS.test(error));
		},
		/** Opens a node as a double-click does, whether it is on the canvas or in the list of accounts. */
		async edit(id) {
			await page.evaluate((nodeId) => {
				const { RED } = /** @type {any} */ (globalThis);
				const node = RED.nodes.node(nodeId);
				if (node._def.category === 'config') RED.editor.editConfig('', node.type, nodeId);
				else RED.editor.edit(node);
			}, id);
			await page.waitForSelector('#node-dialog-ok, #node-config-dialog-ok');
			// The tray slides in.
			await page.waitForFunction(() => {
				const right = (part) => part.getBoundingClientRect().right;
				const tray = [...document.querySelectorAll('.red-ui-tray')].at(-1);
				return right(tray) <= right(tray.parentElement) + 1;
			});
			await page.waitForTimeout(150);
		},
		reload,
		/** Switches Node-RED 5 to its dark theme. */
		async darken() {
			await page.evaluate(() => globalThis['RED'].settings.setLocal('view-dark-theme', 'dark'));
			await reload();
		},
		async deploy() {
			await page.click('#red-ui-header-button-deploy');
			await page.waitForFunction(() => !(/** @type {any} */ (globalThis).RED.nodes.dirty()));
		},
		/** The paths that the dialogs request from the runtime during some work. */
		async askedDuring(work) {
			const asked = [];
			const note = (request) => {
				const [, what] = /\/runcomfy\/(\w+)/.exec(request.url()) ?? [];
				if (what) asked.push(what);
			};
			page.on('request', note);
			await work();
			await page.waitForLoadState('networkidle');
			page.off('request', note);
			return asked.sort();
		},
		/** Holds back the runtime's answers to dialogs until the returned function is called. */
		async holdAnswers() {
			let release;
			const released = new Promise((resolve) => {
				release = resolve;
			});
			const held = '**/runcomfy/*';
			await page.route(held, async (route) => {
				await released;
				await route.continue();
			});
			return async () => {
				release();
				await page.waitForLoadState('networkidle');
				await page.unroute(held);
			};
		},
		/** The editor's copy of a node, and its invalid fields. */
		nodeOf: (id) =>
			page.evaluate((nodeId) => {
				const { RED } = /** @type {any} */ (globalThis);
				const { validationErrors, deploymentId, rows, outputs } = RED.nodes.node(nodeId);
				return { wrong: validationErrors ?? [], deploymentId, rows, outputs };
			}, id),
		/** @returns {Promise<{text?: string, fill?: string, shape?: string} | undefined>} */
		statusOf: (id) =>
			page.evaluate((nodeId) => /** @type {any} */ (globalThis).RED.nodes.node(nodeId).status, id),
	};
}
