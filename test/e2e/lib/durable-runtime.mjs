// A real Node-RED that can be redeployed, stopped, killed and started again, with a record of what
// became of every message.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { createDurableFlow, END, VOLATILE } from './durable-flow.mjs';
import { findOpen } from './ledger.mjs';
import { install, startAgain } from './node-red.mjs';

const PROBE = 'PROBE ';
/** Node-RED prints this if it is asked for its flows while it starts. */
const ASKED_TOO_EARLY = /TypeError: Cannot read properties of null \(reading 'flows'\)/;

const probeFile = fileURLToPath(new URL('./ghost-probe.cjs', import.meta.url));

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} tab
 * @property {number} life of the process that got it, counted from 1
 * @property {boolean} reached whether a run node got it
 * @property {{how: 'sent' | 'caught', life: number, requestId?: string, code?: string, resumed?: boolean}[]} ends
 * @property {number} completed how often a Complete node heard of it
 */

/**
 * @param {import('./node-red.mjs').RELEASES extends infer R ? keyof R : never} release
 * @param {{simulator?: object, config?: object, run?: object}} [options]
 */
export async function createDurableRuntime(release, options = {}) {
	const simulator = await startSimulator({
		coldStartMs: 0,
		maxInstances: 100,
		...options.simulator,
	});
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-durable-'));
	const userDir = join(dir, 'user');
	await install(release, userDir);
	addProbe(userDir);
	const flow = createDurableFlow({ ...options, simulator });

	/** @type {Map<string, Message>} */
	const messages = new Map();
	const ghosts = [];
	const errors = [];
	const lines = [];
	let nodeRed;
	let life = 0;
	let starts = 0;
	let ids = 0;
	let token = simulator.token;
	let tookVolatile = true;
	/** When deploys deleted the volatile run node, in milliseconds since the epoch. */
	const deletions = [];
	const stops = [];

	const end = ({ how, id, ...facts }) => {
		const message = messages.get(id);
		if (how === 'completed') message.completed += 1;
		else message.ends.push({ how, life, ...facts });
	};
	const notices = {
		in: ({ id }) => void (messages.get(id).reached = true),
		caught: (facts) => end({ how: 'caught', ...facts }),
		ghost: (ghost) => ghosts.push({ life, ...ghost }),
		started: () => void (starts += 1),
	};
	const log = (line) => {
		lines.push(line);
		if (line.startsWith(PROBE)) {
			const { what, ...facts } = JSON.parse(line.slice(PROBE.length));
			notices[what](facts);
		} else if (line.includes(END)) {
			end(JSON.parse(line.slice(line.indexOf(END) + END.length)));
		} else if (/\[error\]|Uncaught|Unhandled/.test(line) && !ASKED_TOO_EARLY.test(line)) {
			errors.push(line);
		}
	};

	const runtime = {
		simulator,
		flow,
		userDir,
		messages,
		ghosts,
		errors,
		lines,
		deletions,
		stops,
		life: () => life,
		alive: () => nodeRed.alive(),
		/** `within`: a command that runs it in another environment. */
		async start({ within } = {}) {
			life += 1;
			const before = starts;
			nodeRed = await startAgain(release, { userDir, log, within });
			await soon('the flows have started', () => starts > before);
		},
		/**
		 * Starts a second process on the same user directory, which then goes on alone; `killFirst` kills the first one.
		 */
		startSecond(options) {
			const first = nodeRed;
			return { started: runtime.start(options), killFirst: () => first.stop('SIGKILL') };
		},
		until,
		soon,
		/** Resolves when Node-RED's event loop has turned once. */
		async turn() {
			for (let asked = 0; asked < 2; asked += 1) await fetch(`${nodeRed.url}/settings`);
		},
		/** Resolves when the process has ended, and notes what the journal held at that moment. */
		async stop(signal) {
			const asked = Date.now();
			await nodeRed.stop(signal);
			const stop = { life, signal, tookMs: Date.now() - asked, journal: runtime.journal() };
			stops.push(stop);
			return stop;
		},
		/** Deploys the flow unchanged; resolves when its nodes have started. */
		async deploy(type) {
			const before = starts;
			const from = Date.now();
			await nodeRed.deploy(flow.nodes(token), type);
			// If every deploy sent it, each would count as a change of the account.
			token = undefined;
			await soon('the flows have started', () => starts > before || !nodeRed.alive());
			if (tookVolatile && !flow.takes(VOLATILE)) deletions.push({ from, to: Date.now() });
			tookVolatile = flow.takes(VOLATILE);
		},
		/** Resolves when Node-RED has taken the messages, or has ended in the meantime. */
		async send(tab, count) {
			const sent = Array.from({ length: count }, () => `${tab}-${(ids += 1)}`);
			for (const id of sent) {
				messages.set(id, { id, tab, life, reached: false, ends: [], completed: 0 });
			}
			const body = [{ p: 'ids', v: JSON.stringify(sent), vt: 'json' }];
			const present = nodeRed;
			// In the middle of a deploy, the node does not exist.
			await soon(`press-${tab} is there`, () => !present.alive() || press(present.url, tab, body));
		},
		/** Entries of runs that have not ended, by the ids of their messages. */
		journal: () => readJournal(userDir),
		/** Resolves when every message has ended, except those that may be lost. */
		settled: (withinMs, lost = () => false) =>
			until('every message has ended', () => findOpen(runtime).every(lost), withinMs),
		async close() {
			await nodeRed?.stop();
			await simulator.close();
			rmSync(dir, { recursive: true, force: true });
		},
	};
	return runtime;
}

function readJournal(userDir) {
	const live = new Map();
	for (const line of readFileSync(join(userDir, 'runcomfy-jobs.jsonl'), 'utf8').split('\n')) {
		const { job, ...facts } = parse(line) ?? {};
		if (facts.is === 'gone') live.delete(job);
		else if (facts.is === 'run') live.set(job, facts);
	}
	return new Map([...live.values()].map((entry) => [entry.msg.topic, entry]));
}

function addProbe(userDir) {
	const nodes = join(userDir, 'nodes');
	mkdirSync(nodes, { recursive: true });
	copyFileSync(probeFile, join(nodes, 'ghost-probe.js'));
	writeFileSync(join(nodes, 'ghost-probe.html'), '<script type="text/javascript"></script>');
}

// The last line may be torn by a kill.
function parse(line) {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

async function press(url, tab, props) {
	const reply = await fetch(`${url}/inject/press-${tab}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ __user_inject_props__: props }),
	}).catch(() => undefined);
	return reply?.ok;
}

// Like `until`, but looks more often, because tests wait for it a thousand times.
async function soon(what, check) {
	for (let tries = 0; tries < 10_000; tries += 1) {
		if (await check()) return;
		await new Promise((resolve) => setTimeout(resolve, 3));
	}
	throw new Error(`${what}: not within 30 s`);
}
