import { describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertKept } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { endText } from '../lib/words.mjs';
import { endDuringRuns, ENDS } from '../scenes/ends.mjs';

const MODES = /** @type {const} */ (['queue', 'regular']);

/** The same again where the processes or the queue are kept in another way. */
const VARIANTS = [
	{
		end: 'SIGKILL of both workers',
		name: 'SIGKILL of both workers that share a user folder',
		instance: { sharedFolder: true },
	},
	{ end: 'Redis restarted', name: 'Redis restarted without its data', instance: {} },
];

const SCENE = { count: 4, runMs: 60_000 };

for (const waitMode of waitModes({ long: true })) {
	void describe(`processes end, ${waitMode}`, () => {
		const trial = async (world, end, name = end) => {
			const outcome = await endDuringRuns(world, { ...SCENE, end });
			record(`${name}, 4 × 60 s`, waitMode, endText(outcome));
			assertKept(waitMode, outcome);
		};
		// An instance of its own for each: what one leaves behind must not be taken for another's.
		for (const mode of MODES) {
			for (const end of Object.keys(ENDS).filter((name) => ENDS[name].mode === mode)) {
				it(end, () =>
					inWorld(
						{ mode, waitMode, instance: mode === 'queue' ? { persistentRedis: true } : {} },
						(world) => trial(world, end),
					),
				);
			}
		}
		for (const { end, name, instance } of VARIANTS) {
			it(name, () =>
				inWorld({ mode: 'queue', waitMode, instance }, (world) => trial(world, end, name)),
			);
		}
	});
}
