// A real Node-RED, killed again and again at random moments while messages, deploys and faults go on: no message is paid
// for twice, or comes out twice without a mark, and nothing that was paid for is lost without a line in the log.
// RUNCOMFY_SUBMITS, RUNCOMFY_KILLS and PROPERTY_SEED give other trials.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { button, onTab, RELEASES, tabAndAccount, useNodeRed } from '../../e2e/lib/node-red.mjs';

const SUBMITS = Number(process.env.RUNCOMFY_SUBMITS ?? 300);
const KILLS = Number(process.env.RUNCOMFY_KILLS ?? 40);
const SEED = Number(process.env.PROPERTY_SEED ?? 20_261_126);

/** After the last kill, a submit without an answer is told as unconfirmed only once its answer could no longer come. */
const SETTLED_MS = 165_000;

const FAULTS = [
	{ name: 'answer', on: 'submit', status: 429, headers: { 'retry-after': '1' } },
	{ name: 'reset', on: 'submit' },
	{ name: 'reset', on: 'status' },
	{ name: 'answer', on: 'result', status: 500 },
	{ name: 'slow_submit', ms: 700 },
];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed) {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

// Written at once, since Node-RED's own nodes would lose what they have not written at a kill.
const note = (what) =>
	`global.get('note')(JSON.stringify([msg.topic, msg.requestId ?? null, Boolean(msg.runcomfy?.resumed), ${what}]));`;

const MAKE = `return [Array.from({ length: msg.payload }, () => {
	const topic = RED.util.generateId();
	return { topic, overrides: { 6: { inputs: { text: topic } } } };
})];`;

function flowOf({ simulator }, name) {
	const [tab, account] = tabAndAccount(simulator);
	return [
		{ ...tab, info: name },
		{ ...account, concurrency: 6 },
		...onTab([
			button('press', 'make'),
			{ id: 'make', type: 'function', func: MAKE, wires: [['run']] },
			{
				id: 'run',
				type: 'runcomfy-run',
				name,
				deploymentId: simulator.deploymentIds.textToImage,
				deploymentIdType: 'str',
				inputMode: 'json',
				overrides: 'overrides',
				overridesType: 'msg',
				checkInputs: true,
				output: 'files',
				timeout: '600',
				timeoutType: 'num',
				wires: [['sent']],
			},
			{ id: 'sent', type: 'function', func: note('null') },
			{ id: 'catch', type: 'catch', scope: ['run'], wires: [['caught']] },
			{ id: 'caught', type: 'function', func: note('msg.error.code, msg.error.message') },
		]),
	];
}

for (const release of RELEASES) {
	void describe(`Node-RED ${release}`, () => {
		const rig = useNodeRed(release, {
			simulator: { coldStartMs: 0, queueMs: 0, maxInstances: 20, latencyMs: 1_500 },
			flow: (one) => flowOf(one, 'first'),
			settings: `functionGlobalContext: {
				note: (line) => require('fs').appendFileSync(require('path').join(__dirname, 'came.txt'), line + '\\n'),
			},`,
		});

		it(`is killed ${KILLS} times in ${SUBMITS} submits`, async () => {
			const random = randomOf(SEED);
			const { simulator } = rig;
			const file = join(rig.dir, 'user', 'came.txt');
			appendFileSync(file, '');
			for (let kills = 0; kills < KILLS || simulator.jobs.size < SUBMITS; kills += 1) {
				for (let act = 0; act < 3; act += 1) await actAtRandom(rig, random);
				await rig.nodeRed.stop('SIGKILL');
				await rig.start();
			}
			simulator.clearFaults();
			await pause(SETTLED_MS);
			const { paidTwice, outTwice, lost, came } = judge(rig, file);
			console.log(
				`${release}: ${simulator.jobs.size} submits, ${came} messages came out; seed ${SEED}`,
			);
			assert.deepEqual({ paidTwice, outTwice, lost }, { paidTwice: [], outTwice: [], lost: [] });
		});
	});
}

/** Sends some messages, and then deploys, adds a fault, or only waits. */
async function actAtRandom(rig, random) {
	const { nodeRed, simulator } = rig;
	const count = 1 + Math.floor(random() * 4);
	await nodeRed.inject('press', [{ p: 'payload', v: String(count), vt: 'num' }]);
	const act = random();
	if (act < 0.3) simulator.inject({ ...FAULTS[Math.floor(random() * FAULTS.length)], times: 1 });
	else if (act < 0.5) {
		const type = /** @type {const} */ (['full', 'flows', 'nodes'])[Math.floor(random() * 3)];
		await nodeRed.deploy(flowOf(rig, `run ${random()}`), type);
	}
	await pause(random() * 1_500);
}

/** What came of each message: by its topic, which is also its prompt. */
function judge({ simulator, lines }, file) {
	assert.ok(existsSync(file));
	const out = readFileSync(file, 'utf8')
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));
	const jobs = [...simulator.jobs.values()].map((job) => ({
		id: job.requestId,
		topic: job.overrides['6']?.inputs?.text,
	}));
	const log = lines.join('\n');
	const told = new Set(out.flatMap(([topic, requestId]) => [topic, requestId]));
	return {
		came: out.length,
		paidTwice: repeated(jobs.map(({ topic }) => topic)),
		// A kill just as a message goes on may send it again, marked as resumed.
		outTwice: repeated(out.flatMap(([topic, , resumed]) => (resumed ? [] : [topic]))),
		lost: jobs.filter(({ id, topic }) => !told.has(topic) && !told.has(id) && !log.includes(id)),
	};
}

const repeated = (all) => all.filter((one, at) => all.indexOf(one) !== at);
