// RunComfy's callbacks reach n8n's trigger all at once, or while n8n cannot store executions.
import { setTimeout as pause } from 'node:timers/promises';
import { nodeForN8n } from '../../../scripts/hosts/paths.mjs';
import { start, until } from '../../../scripts/process.mjs';

const TRIGGER = 'told';
const PLAIN = 'plain';

const node = (more) => ({ id: 'start', typeVersion: 1.1, position: [0, 0], ...more });

const workflow = (name, first) => ({
	name,
	nodes: [first],
	connections: {},
	settings: { executionOrder: 'v1' },
});

/** Publishes a workflow with the trigger alone. Resolves when its address answers. */
async function addTrigger(world) {
	const first = node({
		name: 'Told',
		type: 'n8n-nodes-runcomfy.runComfyTrigger',
		typeVersion: 1,
		webhookId: TRIGGER,
		parameters: { options: { downloadFiles: false } },
		credentials: { runComfyApi: world.credential },
	});
	return world.addWorkflow(workflow('Told', first), `${TRIGGER}/runcomfy`);
}

/** The bodies of the callbacks of so many requests that have ended. */
async function callbacks({ simulator }, count) {
	simulator.update({ latencyMs: 0, maxInstances: 10_000 });
	const deploymentId = simulator.deploymentIds.textToImage;
	const url = `${simulator.url}/prod/v1/deployments/${deploymentId}/inference`;
	const headers = {
		authorization: `Bearer ${simulator.token}`,
		'content-type': 'application/json',
	};
	const made = [];
	for (let n = 0; n < count; n += 1) {
		const answer = await fetch(url, { method: 'POST', headers, body: '{"overrides":{}}' });
		const { request_id } = await answer.json();
		made.push({ request_id, deployment_id: deploymentId, status: 'succeeded' });
	}
	return made;
}

async function postAll(world, path, bodies) {
	const began = performance.now();
	const answers = await Promise.all(
		bodies.map(async (body) => {
			const { status } = await world.post(body, path);
			return { status, ms: performance.now() - began };
		}),
	);
	return {
		slowestMs: Math.round(Math.max(...answers.map(({ ms }) => ms))),
		taken: answers.filter(({ status }) => status === 200).length,
		statuses: [...new Set(answers.map(({ status }) => status))].sort(),
	};
}

/**
 * The slowest answer to so many simultaneous calls, for n8n's own Webhook node and for the trigger.
 * @param {import('../lib/world.mjs').World} world
 * @param {number} count
 */
export async function burst(world, count) {
	const first = node({
		name: 'Plain',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		webhookId: PLAIN,
		parameters: { httpMethod: 'POST', path: PLAIN, responseMode: 'onReceived' },
	});
	await world.addWorkflow(workflow('Plain', first), PLAIN);
	await addTrigger(world);
	const bodies = await callbacks(world, count + 1);
	// The first call of each loads what all calls need.
	for (const path of [PLAIN, `${TRIGGER}/runcomfy`]) {
		await postAll(world, path, bodies.slice(0, 1));
		await pause(2_000);
	}
	const rest = bodies.slice(1);
	const plain = await postAll(world, PLAIN, rest);
	await pause(5_000);
	const trigger = await postAll(world, `${TRIGGER}/runcomfy`, rest);
	return { plain, trigger };
}

/**
 * A caller hangs up while n8n's database is locked, so n8n fails to store the execution. Then the callback is
 * repeated until n8n takes it.
 * @param {import('../lib/world.mjs').World} world in regular mode
 * @param {{hangUpMs: number, lockMs: number, withinMs: number}} options
 */
export async function hangUpDuringLock(world, { hangUpMs, lockMs, withinMs }) {
	const executions = await addTrigger(world);
	const [body] = await callbacks(world, 1);
	const lock = await lockDatabase(world.databaseFile);
	const url = `${world.instance.url}/webhook/${TRIGGER}/runcomfy`;
	const post = (options = {}) =>
		fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			...options,
			body: JSON.stringify(body),
		});
	await post({ signal: AbortSignal.timeout(hangUpMs) }).catch(() => undefined);
	await pause(lockMs - hangUpMs);
	await lock.release();
	const answers = [];
	await until(
		'the callback is taken',
		async () => {
			const { status } = await post();
			if (status !== answers.at(-1)) answers.push(status);
			await pause(1_000);
			return status === 200;
		},
		withinMs,
	);
	await pause(2_000);
	/** The answers whenever they changed, and how often the workflow has run. */
	return { answers, executions: (await executions.list()).length };
}

/** Holds SQLite's only lock for writing, in a separate process: n8n's Node.js has SQLite built in. */
async function lockDatabase(file) {
	const code = `
		const { DatabaseSync } = require('node:sqlite');
		new DatabaseSync(process.argv[1]).exec('PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE');
		console.log('locked');
		setInterval(() => undefined, 60_000);
	`;
	const child = start(nodeForN8n(), ['-e', code, file]);
	await until('the database is locked', () => child.lines.includes('locked'));
	return { release: () => child.stop() };
}
