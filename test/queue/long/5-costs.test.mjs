// Memory, large files.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { INSPECTABLE } from '../lib/inspector.mjs';
import { isTable, waitModes } from '../lib/modes.mjs';
import { assertAllOut } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { fileText, memoryText } from '../lib/words.mjs';
import { largeFile } from '../scenes/binary.mjs';
import { memoryOfWaiting } from '../scenes/memory.mjs';

const env = { NODE_OPTIONS: INSPECTABLE };

const LARGE = { bytes: 64 * 2 ** 20, runMs: 8_000 };

const STORES = /** @type {const} */ ([
	['regular', 'filesystem'],
	['queue', 'filesystem'],
	['queue', 'database'],
]);

for (const waitMode of waitModes({ long: true })) {
	void describe(`costs, ${waitMode}`, () => {
		it('memory of 100 waiting executions', () =>
			inWorld({ mode: 'regular', waitMode, instance: { env } }, async (world) => {
				const outcome = await memoryOfWaiting(world, { count: 100, runMs: 150_000 });
				record('100 waiting executions: memory of main', waitMode, memoryText(outcome));
				assertAllOut(outcome);
			}));

		for (const [mode, store] of isTable ? [] : STORES) {
			it(`64 MiB into ${store}, ${mode} mode`, () => {
				const env = { N8N_DEFAULT_BINARY_DATA_MODE: store };
				// All processes keep files in one place.
				const instance = { env, sharedFolder: true };
				return inWorld({ mode, waitMode, instance }, async (world) => {
					const outcome = await largeFile(world, LARGE);
					record(`64 MiB file, ${store} (${mode})`, waitMode, fileText(outcome));
					assert.ok(outcome.same, JSON.stringify(outcome));
					assertAllOut(outcome);
				});
			});
		}
	});
}
