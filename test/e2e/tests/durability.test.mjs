// Runs that outlive deploys, stops and kills of real Node-REDs, with the packed package.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { createDurableRuntime } from '../lib/durable-runtime.mjs';
import {
	endAtRandom,
	redeployAtRandom,
	sendUnderFaults,
	shuffled,
	startWith,
} from '../lib/durable-scenes.mjs';
import { FAULTS } from '../lib/faults.mjs';
import { allowedByStops, countOf, findProblems, findUnwritten } from '../lib/ledger.mjs';
import { RELEASES } from '../lib/node-red.mjs';
import { chooseSeed, createRandom } from '../lib/random.mjs';

const seed = chooseSeed();
const AT_ONCE = 50;
const numberFrom = (name, fallback) => Number(process.env[name] ?? fallback);
/** The nightly run does more of both: .github/workflows/nightly.yml. */
const DEPLOYS = numberFrom('RUNCOMFY_E2E_DEPLOYS', 300);
/** How many of each signal, on each release. */
const ENDS = numberFrom('RUNCOMFY_E2E_ENDS', 10);

void describe('runs', { concurrency: 2 }, () => {
	for (const release of Object.keys(RELEASES)) {
		void describe(`on Node-RED ${release}`, { concurrency: 1 }, () => {
			let runtime;
			const create = async (options) => {
				runtime = await createDurableRuntime(release, options);
				return runtime;
			};
			const print = (what, facts) =>
				console.log(`Node-RED ${release}, ${what}: ${JSON.stringify(facts)}`);
			afterEach(async () => {
				await runtime?.close();
				runtime = undefined;
			});

			it(`end once under ${DEPLOYS} random deploys, none by a closed node`, async () => {
				await create();
				await runtime.start();
				await runtime.deploy('full');
				await redeployAtRandom(runtime, createRandom(seed), { deploys: DEPLOYS, inFlight: 20 });
				await runtime.settled(20_000).catch(() => undefined);
				print(`${DEPLOYS} deploys`, countOf(runtime));
				assert.deepEqual(findProblems(runtime), []);
			});

			it(`end once over ${ENDS} SIGTERM and ${ENDS} SIGKILL at random moments`, async () => {
				await create();
				await runtime.start();
				await runtime.deploy('full');
				await runtime.stop('SIGTERM');
				const random = createRandom(seed);
				const ends = Array.from({ length: ENDS }, () => ['SIGTERM', 'SIGKILL']).flat();
				await endAtRandom(runtime, random, shuffled(random, ends));
				const allowed = allowedByStops(runtime);
				await runtime.settled(10_000).catch(() => undefined);
				const { journal } = await runtime.stop('SIGTERM');
				print(`${ends.length} ends`, countOf(runtime));
				assert.deepEqual([...findProblems(runtime, allowed), ...findUnwritten(runtime)], []);
				assert.deepEqual([...journal.keys()], []);
			});

			const inTime = () =>
				assert.ok(!runtime.lines.some((line) => line.includes('Close timed out')));

			for (const onShutdown of ['leave', 'cancel']) {
				it(`close in time, ${AT_ONCE} at once, while RunComfy hangs: ${onShutdown}`, async () => {
					await create({ run: { onShutdown } });
					const { simulator } = runtime;
					await startWith(runtime, AT_ONCE, 12_000);
					simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
					const { tookMs, journal } = await runtime.stop('SIGTERM');
					const cancels = simulator.requests.filter(({ route }) => route === 'cancel');
					const canceled = new Set(cancels.map(({ requestId }) => requestId)).size;
					print(`SIGTERM to exit, ${onShutdown}`, { tookMs, canceled, inJournal: journal.size });
					inTime();
					assert.equal(canceled, onShutdown === 'cancel' ? AT_ONCE : 0);
					if (onShutdown === 'leave') assert.equal(journal.size, AT_ONCE);
					await runtime.start();
					// A cancel without an answer may have had no effect; then the result counts.
					const lost = ({ id }) => !journal.has(id);
					await runtime.settled(20_000, lost).catch(() => undefined);
					assert.deepEqual(findProblems(runtime, { lost }), []);
				});
			}

			it(`close in time for a deploy, ${AT_ONCE} at once, while RunComfy hangs`, async () => {
				await create({ run: { onRedeploy: 'cancel' } });
				const { simulator } = runtime;
				await startWith(runtime, AT_ONCE, 3_600_000);
				simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
				const began = Date.now();
				await runtime.deploy('full');
				print('a deploy that cancels', { tookMs: Date.now() - began });
				inTime();
				assert.deepEqual([runtime.ghosts, runtime.errors], [[], []]);
			});

			it('end once, whatever RunComfy does wrong, and Node-RED lives', async () => {
				await create({ run: { output: 'buffer' } });
				await runtime.start();
				await runtime.deploy('full');
				await sendUnderFaults(runtime, FAULTS);
				print('faults', countOf(runtime));
				assert.ok(runtime.alive());
				assert.deepEqual(findProblems(runtime, { failed: () => true }), []);
			});
		});
	}
});
