import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNodeRed } from '../hosts/node-red.mjs';
import { root } from '../root.mjs';
import { UserError } from './options.mjs';
import { cancelRunsOf } from './stop.mjs';

/** @import {NodeRed} from '../hosts/node-red.mjs' */
/** @import {Service} from './service.mjs' */

// The editor opens with the jobs in its sidebar: that is where the picture is.
const SETTINGS = `editorTheme: { tours: false, palette: { catalogues: [] }, page: { scripts: ${JSON.stringify(join(root, 'scripts', 'demo', 'show-jobs.js'))} } },`;

/** The nodes of examples/01-first-image.json that the demo looks at. */
const INJECT = 'runcomfy_first_inject';
const SAVED = '[debug:saved files]';
const FAILED = '[debug:error]';

const FILES_OR_TEXTS = '$count(payload) > 0 ? payload : runcomfy.texts.text';

/** Simulated runs take seconds; a real one may wait for a machine to start. */
const PATIENCE_MS = { simulated: 2 * 60_000, real: 30 * 60_000 };

/** @typedef {Record<string, any>} FlowNode */

/**
 * Starts Node-RED with examples/01-first-image.json, or with what became of it in the editor.
 * @param {Service} service
 * @param {object} options
 * @param {string} options.folder
 * @param {string} options.userDir
 * @param {number} [options.port]
 * @param {AbortSignal} options.signal ends a run: it is canceled at RunComfy
 * @param {(line: string) => void} options.say
 */
export async function openInNodeRed(service, { folder, userDir, port, signal, say }) {
	const log = createLog(say);
	const kept = readKept(join(userDir, 'flows.json'));
	const nodeRed = await startNodeRed({
		userDir,
		...(port !== undefined && { port }),
		// Ctrl-C is for this process: Node-RED has to cancel its runs before it ends.
		apart: true,
		env: { RUNCOMFY_API_TOKEN: service.token },
		settings: SETTINGS,
		log: log.take,
	});
	say(`   editor at ${nodeRed.url}`);
	if (kept) say(`   with the flow of the last time; delete ${userDir} to start afresh`);
	const flow = kept ? pointTo(kept, service) : firstFlow(service, join(folder, 'node-red'));
	await nodeRed.deploy(flow);
	return { nodeRed, flow, run: () => run(nodeRed, { flow, log, service, signal, say }) };
}

/**
 * Presses the button of the example and waits until its run has ended.
 * @param {NodeRed} nodeRed
 * @param {{flow: FlowNode[], log: ReturnType<typeof createLog>, service: Service, signal: AbortSignal, say: (line: string) => void}} context
 * @returns {Promise<string[]>} the files
 * @throws {UserError} with what the flow's error says, if it was stopped or nothing ends in time
 */
async function run(nodeRed, { flow, log, service, signal, say }) {
	const node = flow.find(({ type }) => type === 'runcomfy-run');
	if (!node || !flow.some(({ id }) => id === INJECT)) return [];
	const before = filesIn(node['directory']);
	log.forget();
	await nodeRed.inject(INJECT);
	const patience = service.real ? PATIENCE_MS.real : PATIENCE_MS.simulated;
	const began = Date.now();
	for (let told = began; ; await sleep(100)) {
		if (log.has(FAILED) || log.has(SAVED)) break;
		if (signal.aborted) {
			say('\nStopping the run in Node-RED …');
			throw new UserError((await cancelRunsOf(nodeRed.url)) ?? 'Stopped: the run had ended.');
		}
		if (!nodeRed.alive()) throw new UserError('Node-RED has ended.');
		if (Date.now() - began > patience) {
			throw new UserError(
				`Node-RED: the flow has said nothing for ${patience / 60_000} minutes.`,
				'A run that is under way may take longer: press its button in the editor to try it again.',
			);
		}
		if (Date.now() - told > 30_000) {
			told = Date.now();
			say(`   still waiting, ${Math.round((told - began) / 1000)} s`);
		}
	}
	// The rest of the message comes on further lines.
	await sleep(300);
	if (log.has(FAILED)) throw new UserError('Node-RED: the flow ended with the error above.');
	const files = filesIn(node['directory']).filter((name) => !before.includes(name));
	if (files.length === 0) say('   The run has ended without a file: what it gave stands above.');
	return files;
}

/** A name without a leading dot is a whole file. @param {string} directory */
function filesIn(directory) {
	if (!existsSync(directory)) return [];
	return readdirSync(directory)
		.filter((name) => !/^\.|\.part$/.test(name))
		.map((name) => join(directory, name));
}

/** @param {Service} service @param {string} directory @returns {FlowNode[]} */
function firstFlow(service, directory) {
	const flow = /** @type {FlowNode[]} */ (
		JSON.parse(readFileSync(join(root, 'examples', '01-first-image.json'), 'utf8'))
	);
	for (const node of flow) {
		if (node['type'] === 'debug') node['console'] = true;
		// A run may give a text and no file.
		if (node['complete'] === 'payload') {
			Object.assign(node, { complete: FILES_OR_TEXTS, targetType: 'jsonata' });
		}
		if (node['type'] !== 'runcomfy-run') continue;
		Object.assign(node, { output: 'saved', directory, directoryType: 'str' });
		Object.assign(node, { deploymentId: service.deploymentId, deploymentIdType: 'str' });
		if (!service.real) continue;
		// Node ids differ from deployment to deployment: what is saved is run as it is.
		Object.assign(node, { inputMode: 'json', overrides: '{}', overridesType: 'json' });
	}
	return pointTo(flow, service);
}

/**
 * The simulator has a new address at each start. The token is not stored: the account reads it from
 * the environment.
 * @param {FlowNode[]} flow
 * @param {Service} service
 */
export function pointTo(flow, { url }) {
	return flow.map((node) =>
		node['type'] === 'runcomfy-config' && isDemos(node)
			? { ...node, baseUrl: url, credentials: { apiToken: '${RUNCOMFY_API_TOKEN}' } }
			: node,
	);
}

/** The account of the example, not one that the user has added. @param {FlowNode} node */
const isDemos = (node) => node['id'] === 'runcomfy_account';

/** @param {string} file @returns {FlowNode[] | undefined} */
function readKept(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	}
}

/**
 * Shows what a person wants to see of Node-RED's log. A message that a debug node prints goes on over
 * lines without a date.
 * @param {(line: string) => void} say
 */
export function createLog(say) {
	let shown = false;
	/** @type {string[]} */
	const lines = [];
	return {
		/** @param {string} line */
		take(line) {
			if (/^\d+ \w+ \d+:\d+:\d+ - \[|^\S+ - \[/.test(line) || /^\d.* - \[\w+\]/.test(line)) {
				shown = /\[(error|warn)\]|\[debug:|version:/.test(line);
			}
			if (!shown || line.trim() === '') return;
			lines.push(line);
			say(`   node-red   ${line}`);
		},
		forget: () => void lines.splice(0),
		/** @param {string} part */
		has: (part) => lines.some((line) => line.includes(part)),
	};
}
