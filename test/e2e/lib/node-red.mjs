// A real Node-RED with the package, installed as the palette manager does it.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startNodeRed } from '../../../scripts/hosts/node-red.mjs';
import { nodeForN8n, toolPath } from '../../../scripts/hosts/paths.mjs';
import { exec } from '../../../scripts/process.mjs';
import { openBrowser } from './browser.mjs';

/** The oldest release that this package claims to support: one test opens it and runs a flow. */
export const OLDEST = '4.0';

/** Node-RED 5 needs Node.js 22.9; 4.1 runs on every version that this package supports. */
export const RELEASES = {
	4.1: { script: 'node-red-4/red.js', node: () => process.execPath },
	5: { script: 'node-red/red.js', node: nodeForN8n },
};

const HOSTS = {
	...RELEASES,
	[OLDEST]: { script: 'node-red-4.0/red.js', node: () => process.execPath },
};

/**
 * @param {keyof typeof HOSTS} release
 * @param {{userDir: string, settings?: string, log?: (line: string) => void}} options
 */
export async function startInstalled(release, { userDir, ...options }) {
	await install(release, userDir);
	return startAgain(release, { userDir, ...options });
}

/** npm's arguments when the palette manager of Node-RED 4 and 5 installs a package. */
const INSTALL = [
	...['install', '--no-audit', '--no-update-notifier', '--no-fund', '--save', '--save-prefix=~'],
	...['--omit=dev', '--engine-strict', '--'],
];

/** Puts the package into a new user directory. */
export async function install(release, userDir) {
	const tarball = process.env.RUNCOMFY_E2E_NODE_RED_TARBALL ?? process.env.RUNCOMFY_E2E_TARBALL;
	if (!tarball) throw new Error('No packed package: start the tests by `npm run test:e2e`');
	const node = HOSTS[release].node();
	mkdirSync(userDir, { recursive: true });
	writeFileSync(join(userDir, 'package.json'), '{"name":"user-dir","private":true}');
	await exec('npm', [...INSTALL, tarball], {
		cwd: userDir,
		env: { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` },
	});
}

/** Starts on a user directory that has the package. */
export function startAgain(release, options) {
	const { script, node } = HOSTS[release];
	return startNodeRed({ ...options, link: false, script: toolPath(script), node: node() });
}

/** Settings for a dark editor: Node-RED 5 has a dark theme, 4.1 gets one from a package. */
export function darkSettings(release, userDir) {
	if (release === '5') return '';
	const theme = '@node-red-contrib-themes/theme-collection';
	cpSync(toolPath(theme), join(userDir, 'node_modules', theme), { recursive: true });
	return "editorTheme: { tours: false, palette: { catalogues: [] }, theme: 'dark' },";
}

/** A browser with the editor open and its flows loaded. */
export async function openEditor(url, options) {
	const browser = await openBrowser(options);
	const { page } = browser;
	await page.goto(url);
	await page.waitForFunction(
		() => {
			const { RED } = /** @type {any} */ (globalThis);
			return RED?.workspaces?.active() && document.querySelector('.red-ui-palette-node');
		},
		undefined,
		{ timeout: 30_000 },
	);
	return {
		...browser,
		/** Does what a double-click on a node does, wherever the node is: on the canvas or in the list of accounts. */
		async edit(id) {
			await page.evaluate((nodeId) => {
				const { RED } = /** @type {any} */ (globalThis);
				const node = RED.nodes.node(nodeId);
				if (node._def.category === 'config') RED.editor.editConfig('', node.type, nodeId);
				else RED.editor.edit(node);
			}, id);
			await page.waitForSelector('#node-dialog-ok, #node-config-dialog-ok');
			// The tray slides in.
			await page.waitForTimeout(700);
		},
		/** Node-RED 5 has a dark theme, which applies from the next load of the page. */
		darken: () =>
			page.evaluate(() => globalThis['RED'].settings.setLocal('view-dark-theme', 'dark')),
		async deploy() {
			await page.click('#red-ui-header-button-deploy');
			await page.waitForFunction(() => !(/** @type {any} */ (globalThis).RED.nodes.dirty()));
		},
		/** The editor's copy of a node, and which of its fields are wrong. */
		nodeOf: (id) =>
			page.evaluate((nodeId) => {
				const { RED } = /** @type {any} */ (globalThis);
				const { validationErrors, deploymentId, rows } = RED.nodes.node(nodeId);
				return { wrong: validationErrors ?? [], deploymentId, rows };
			}, id),
		/** @returns {Promise<{text?: string, fill?: string, shape?: string} | undefined>} */
		statusOf: (id) =>
			page.evaluate((nodeId) => /** @type {any} */ (globalThis).RED.nodes.node(nodeId).status, id),
	};
}
