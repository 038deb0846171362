import { describe, it } from 'node:test';
import { chooseSeed } from '../../e2e/lib/random.mjs';
import { waitModes } from '../lib/modes.mjs';
import { assertKept } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { endText } from '../lib/words.mjs';
import { endsAtRandom } from '../scenes/random-ends.mjs';

const ENDS = Number(process.env.RUNCOMFY_QUEUE_ENDS ?? 40);

/**
 * While this module starts, n8n 2.41 fails the executions that its timer resumes, including those of its own Wait
 * nodes: see docs/troubleshooting.md.
 */
const env = { N8N_DISABLED_MODULES: 'mcp-registry,otel' };

/** As the documentation says, a worker's log of executions does not outlive the worker. */
const INSTANCE = { queue: { env, forgetfulWorkers: true }, regular: { env } };

for (const waitMode of waitModes({ long: true })) {
	for (const mode of /** @type {const} */ (['queue', 'regular'])) {
		void describe(`ends at random, ${mode}, ${waitMode}`, () => {
			it(`${ENDS} ends in a row`, () =>
				inWorld({ mode, waitMode, instance: INSTANCE[mode] }, async (world) => {
					const outcome = await endsAtRandom(world, {
						ends: ENDS,
						seed: chooseSeed(),
						inFlight: 4,
					});
					record(`${ENDS} ends at random (${mode})`, waitMode, endText(outcome));
					assertKept(waitMode, outcome);
				}));
		});
	}
}
