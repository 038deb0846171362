import { describe, it } from 'node:test';
import { isTable, waitModes } from '../lib/modes.mjs';
import { assertKept, assertRetryBringsBack } from '../lib/promises.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { endText } from '../lib/words.mjs';
import { endDuringRuns, ENDS } from '../scenes/ends.mjs';

const MODES = /** @type {const} */ (['queue', 'regular']);

/** The same with other stores for the processes or the queue. */
const VARIANTS = [
	{
		end: 'SIGKILL of both workers',
		name: 'SIGKILL of both workers that share a user folder',
		instance: { sharedFolder: true },
	},
	{ end: 'Redis restarted', name: 'Redis restarted without its data', instance: {} },
	{
		// n8n continues them while nothing can work, and then takes them for crashed.
		end: 'SIGKILL of both workers',
		name: 'SIGKILL of both workers, down for longer than a park lasts',
		instance: {},
		scene: { downMs: 130_000 },
		check: assertRetryBringsBack,
	},
];

/** Rows of the table: what people do, or what happens to them. */
const COMPARED = [
	'SIGKILL of one worker',
	'SIGTERM of both workers',
	'Rolling restart of the workers',
	'SIGKILL (regular)',
	'SIGINT with its grace (regular)',
];

const isWanted = (name, mode) => ENDS[name].mode === mode && (!isTable || COMPARED.includes(name));

const SCENE = { count: 4, runMs: 60_000 };

/** An execution that is about to park is in n8n's memory for a moment. */
const EARLY = { count: 8, afterMs: 1_500 };

for (const waitMode of waitModes({ long: true })) {
	void describe(`processes end, ${waitMode}`, { concurrency: isTable ? 2 : 1 }, () => {
		const trial = async (world, { end, name = end, scene = {}, check = assertKept }) => {
			const outcome = await endDuringRuns(world, { ...SCENE, ...scene, end });
			record(`${name}, ${scene.count ?? SCENE.count} × 60 s`, waitMode, endText(outcome));
			check(waitMode, outcome);
		};
		// Each has its own instance, because what one leaves behind must not be taken for another's.
		for (const mode of MODES) {
			for (const end of Object.keys(ENDS).filter((name) => isWanted(name, mode))) {
				const instance = mode === 'queue' ? { persistentRedis: true } : {};
				const scene = end === 'Rolling restart of the workers' ? EARLY : {};
				it(end, () =>
					inWorld({ mode, waitMode, instance }, (world) => trial(world, { end, scene })),
				);
			}
		}
		for (const variant of isTable ? [] : VARIANTS) {
			const { name, instance } = variant;
			it(name, () =>
				inWorld({ mode: 'queue', waitMode, instance }, (world) => trial(world, variant)),
			);
		}
	});
}
