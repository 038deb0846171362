// `npm start`: the main job, end to end, in both hosts: see scripts/demo/options.mjs.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runInN8n } from './demo/n8n.mjs';
import { openInNodeRed } from './demo/node-red.mjs';
import { explain, HELP, readOptions, UserError } from './demo/options.mjs';
import {
	nextFreePort,
	openService,
	refuseHalf,
	refuseTakenPort,
	takeFolder,
} from './demo/service.mjs';
import { cancelRunsOf } from './demo/stop.mjs';
import { root } from './root.mjs';

const say = (/** @type {string} */ text) => console.log(text);
const heading = (/** @type {string} */ text) => say(`\n== ${text}`);
const tell = (/** @type {string} */ file) =>
	say(`   file: ${relative(process.cwd(), file)} (${statSync(file).size} bytes)`);

// What is edited in the editor stays, for the service with whose deployments it was made; a run that
// ends by itself must not depend on it.
const USER_DIRS = { simulated: 'node-red-user-dir', real: 'node-red-user-dir-runcomfy' };

const stopped = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => {
		signals += 1;
		// Who asks twice does not want to wait for the cancel.
		if (signals > 1) process.exit(130);
		stopped.abort();
	});
}

try {
	const options = readOptions(process.argv.slice(2));
	if (options.help) say(HELP);
	else await demo(options);
} catch (error) {
	const debug = Boolean(process.env['DEBUG']);
	// What was interrupted fails in its own way.
	const why =
		stopped.signal.aborted && !debug && !(error instanceof UserError) ? 'Stopped.' : error;
	const [message, ...more] = explain(why, { debug });
	console.error(`\n${message}`);
	for (const line of more) console.error(line);
	process.exitCode = stopped.signal.aborted ? 130 : 1;
}

/** @param {import('./demo/options.mjs').Options} options */
async function demo({ once, both, port: wanted }) {
	refuseHalf(process.env);
	if (!once && wanted !== undefined) await refuseTakenPort(wanted);
	const folder = join(root, 'output', 'start');
	const giveBack = takeFolder(folder, Object.values(USER_DIRS));
	const passing = once ? mkdtempSync(join(tmpdir(), 'runcomfy-node-red-')) : undefined;
	let nodeRed;
	let service;
	try {
		service = await openService(process.env, say);
		heading('n8n: workflows/text-to-image.json on n8n’s engine');
		const inN8n = await runInN8n(service, { folder, signal: stopped.signal, say });
		for (const file of inN8n) tell(file);
		const files = [...inN8n];

		heading('Node-RED: examples/01-first-image.json in a real Node-RED');
		const opened = await openInNodeRed(service, {
			folder,
			signal: stopped.signal,
			say,
			userDir: passing ?? join(folder, USER_DIRS[service.real ? 'real' : 'simulated']),
			...(!once && { port: wanted ?? (await nextFreePort(1880)) }),
		});
		nodeRed = opened.nodeRed;
		stopped.signal.throwIfAborted();
		const pays = service.real && !both;
		if (pays) say('   not run: each run costs. Press its button in the editor, or use --both.');
		else {
			const inNodeRed = await opened.run();
			for (const file of inNodeRed) tell(file);
			files.push(...inNodeRed);
		}
		if (once) say(pays ? '\nAll is well.' : '\nAll is well: it ran in both hosts.');
		else await keepOpen({ editor: opened.nodeRed.url, service, files });
	} finally {
		// Paid, and shown nowhere any more.
		const canceled = nodeRed?.alive() && (await cancelRunsOf(nodeRed.url).catch(() => undefined));
		if (canceled) say(`\n${canceled}`);
		await nodeRed?.stop();
		await service?.close();
		giveBack();
		if (passing) rmSync(passing, { recursive: true, force: true });
	}
}

/**
 * @param {object} shown
 * @param {string} shown.editor
 * @param {import('./demo/service.mjs').Service} shown.service
 * @param {string[]} shown.files
 */
function keepOpen({ editor, service, files }) {
	heading('All is well');
	for (const file of files) say(`   picture    ${relative(process.cwd(), file)}`);
	say(`   Node-RED   ${editor}   press the button of the inject node to run the flow again`);
	if (service.real) say('   requests   https://www.runcomfy.com, on the page of your deployment');
	else {
		say(`   simulator  ${service.url}   open it to watch the requests`);
		say(
			'   Next: set RUNCOMFY_API_TOKEN and RUNCOMFY_DEPLOYMENT_ID, and start again to run on RunComfy.',
		);
	}
	say('   n8n        npm run start:n8n opens its editor, too (downloads n8n first)');
	say('\nPress Ctrl-C to end.');
	const { signal } = stopped;
	if (signal.aborted) return undefined;
	return new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
