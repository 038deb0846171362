// A thousand requests in each host, 100 at a time, one in twenty with a temporary fault: each result is delivered once
// and paid for once, and no process leaks memory or open handles. RUNCOMFY_EACH=30 checks that the test itself works.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { button, onTab, tabAndAccount, useNodeRed } from '../../e2e/lib/node-red.mjs';
import { INSPECTABLE, keptMb, openHandles } from '../lib/looks.mjs';
import { createWorld } from '../lib/world.mjs';

const AT_ONCE = 100;
/** Requests of each phase. */
const EACH = Number(process.env.RUNCOMFY_EACH ?? 200);
/** Run times in milliseconds, by phase. The first one warms up. */
const RUNS_MS = [2_000, 2_000, 2_750, 3_500, 4_250, 5_000];
/** After this long, connections kept for the next request have closed. */
const REST_MS = 8_000;
/** How often a process that holds more than at first gets another rest. A leak stays. */
const RESTS = 6;
/** Time for a result on a slow machine. */
const PATIENCE_MS = 300_000;
/** Allowed growth from the first phase to the last, relative to the median. */
const MOST_GROWTH = 0.1;

/** Each fault strikes in turn, once. */
const PASSING = [
	{ name: 'answer', on: 'submit', status: 429, headers: { 'retry-after': '1' } },
	{ name: 'reset', on: 'status' },
	{ name: 'answer', on: 'result', status: 500 },
	{ name: 'truncated_body', on: 'result' },
	{ name: 'answer', on: 'status', status: 502, body: '<title>502 Bad Gateway</title>' },
];

/**
 * @param {object} host
 * @param {any} host.simulator
 * @param {Record<string, import('../lib/looks.mjs').Inspected>} host.processes
 * @param {(count: number) => Promise<void>} host.perform resolves once this many results have arrived
 * @param {() => {results: number, repeated: number}} host.came totals so far
 */
async function expectSteady({ simulator, processes, perform, came }) {
	const looks = Object.entries(processes).map(([name, one]) => {
		return { name, one, heap: [], handles: [] };
	});
	for (const [phase, latencyMs] of RUNS_MS.entries()) {
		simulator.update({ latencyMs });
		simulator.requests.length = 0;
		for (let after = 0; after < EACH; after += 20) {
			simulator.inject({ ...PASSING[(after / 20) % PASSING.length], times: 1, after });
		}
		await perform(EACH);
		simulator.clearFaults();
		if (phase === 0) continue;
		await pause(REST_MS);
		for (const { one, heap, handles } of looks) {
			handles.push(await restedHandles(one, handles[0]));
			heap.push(await keptMb(one));
		}
	}
	const all = EACH * RUNS_MS.length;
	assert.deepEqual(
		{ ...came(), paid: simulator.jobs.size },
		{ results: all, repeated: 0, paid: all },
	);
	for (const { name, heap, handles } of looks) {
		const told = `${name}: MB ${heap.join(' ')}; handles ${handles.join(' ')}`;
		assert.ok(growthOf(heap) <= MOST_GROWTH, `the heap grows: ${told}`);
		assert.ok(growthOf(handles) <= MOST_GROWTH, `open handles grow: ${told}`);
	}
}

/** @param {import('../lib/looks.mjs').Inspected} one @param {number} [first] */
async function restedHandles(one, first = Infinity) {
	let held = await openHandles(one);
	for (let rest = 0; rest < RESTS && held > first; rest += 1) {
		await pause(REST_MS);
		held = Math.min(held, await openHandles(one));
	}
	return held;
}

/**
 * The median slope of all pairs, which ignores single outliers.
 * @param {number[]} values
 */
function growthOf(values) {
	const slopes = values.flatMap((from, at) =>
		values.slice(at + 1).map((to, further) => (to - from) / (further + 1)),
	);
	return (median(slopes) * (values.length - 1)) / (median(values) || 1);
}

/** @param {number[]} values */
const median = (values) => values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;

/** By default n8n has two connections to PostgreSQL, for which a hundred simultaneous calls wait too long. */
const DATABASE = { DB_POSTGRESDB_POOL_SIZE: '10', DB_POSTGRESDB_CONNECTION_TIMEOUT: '120000' };

for (const mode of /** @type {const} */ (['regular', 'queue'])) {
	it(`n8n in ${mode} mode`, async () => {
		const env = { NODE_OPTIONS: INSPECTABLE, ...DATABASE };
		const concurrency = AT_ONCE / 2;
		const world = await createWorld({ mode, instance: { env, concurrency } });
		const { simulator, deliveries, instance } = world;
		const lane = async (count) => {
			for (let n = 0; n < count; n += 1) {
				// n8n answers 503 while its database is slow.
				const mark = await until('n8n takes it', () => world.submit(), PATIENCE_MS);
				await until('its result is out', () => deliveries.has(mark), PATIENCE_MS);
			}
		};
		const isResult = ({ status }) => status === 'succeeded';
		try {
			const workers = instance.workers.map((worker, at) => [`worker ${at + 1}`, worker]);
			simulator.update({ coldStartMs: 0, queueMs: 0 });
			await expectSteady({
				simulator,
				processes: { [`main (${mode})`]: instance.main, ...Object.fromEntries(workers) },
				async perform(count) {
					const lanes = Math.min(AT_ONCE, count);
					await Promise.all(Array.from({ length: lanes }, () => lane(count / lanes)));
				},
				came: () => ({
					results: [...deliveries.values()].filter((list) => list.some(isResult)).length,
					repeated: [...deliveries.values()].filter((list) => list.length > 1).length,
				}),
			});
		} finally {
			await world.close();
		}
	});
}

void describe('Node-RED', () => {
	const TOLD = 'TOLD ';
	const tell = (what) => `node.warn('${TOLD}' + JSON.stringify([msg.topic, ${what}]));`;
	const MAKE = `return [Array.from({ length: msg.payload }, (_, n) => ({ topic: RED.util.generateId(),
		overrides: { 6: { inputs: { text: 'a picture of number ' + n } } } }))];`;
	const rig = useNodeRed('5', {
		env: { NODE_OPTIONS: INSPECTABLE },
		simulator: { coldStartMs: 0, queueMs: 0, maxInstances: AT_ONCE },
		flow({ simulator }) {
			const [tab, account] = tabAndAccount(simulator);
			return [
				tab,
				{ ...account, concurrency: AT_ONCE },
				...onTab([
					button('press', 'make'),
					{ id: 'make', type: 'function', func: MAKE, wires: [['run']] },
					{
						id: 'run',
						type: 'runcomfy-run',
						deploymentId: simulator.deploymentIds.textToImage,
						deploymentIdType: 'str',
						inputMode: 'json',
						overrides: 'overrides',
						overridesType: 'msg',
						checkInputs: true,
						output: 'buffer',
						timeout: '600',
						timeoutType: 'num',
						wires: [['sent']],
					},
					{ id: 'sent', type: 'function', func: tell('undefined') },
					{ id: 'catch', type: 'catch', scope: ['run'], wires: [['caught']] },
					{ id: 'caught', type: 'function', func: tell('msg.error.code') },
				]),
			];
		},
	});

	it('uses no more memory after a thousand messages', async () => {
		const told = () =>
			rig.lines
				.filter((line) => line.includes(TOLD))
				.map((line) => JSON.parse(line.slice(line.indexOf(TOLD) + TOLD.length)));
		const topics = () => new Set(told().map(([topic]) => topic)).size;
		await expectSteady({
			simulator: rig.simulator,
			processes: { 'Node-RED': { pid: rig.nodeRed.pid, lines: () => rig.lines } },
			async perform(count) {
				const wanted = topics() + count;
				await rig.nodeRed.inject('press', [{ p: 'payload', v: String(count), vt: 'num' }]);
				await until(`${wanted} messages have ended`, () => topics() >= wanted, PATIENCE_MS);
			},
			came: () => ({
				results: told().filter(([, code]) => code === null).length,
				repeated: told().length - topics(),
			}),
		});
	});
});
