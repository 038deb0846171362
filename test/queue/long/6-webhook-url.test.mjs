// WEBHOOK_URL is wrong or not set: results come out nevertheless.
import { describe, it } from 'node:test';
import { waitModes } from '../lib/modes.mjs';
import { assertAllOut } from '../lib/promises.mjs';
import { startStranger, STRANGERS } from '../lib/strangers.mjs';
import { record } from '../lib/table.mjs';
import { inWorld } from '../lib/trial.mjs';
import { throughputText } from '../lib/words.mjs';
import { throughput } from '../scenes/throughput.mjs';

const scene = (world) => throughput(world, { count: 4, runMs: 20_000, withinMs: 300_000 });

for (const waitMode of waitModes({ long: true })) {
	void describe(`WEBHOOK_URL, ${waitMode}`, () => {
		for (const mode of /** @type {const} */ (['queue', 'regular'])) {
			const trial = async (name, webhookUrl) => {
				const options = { mode, waitMode, instance: { webhookUrl } };
				const outcome = await inWorld(options, scene);
				record(`WEBHOOK_URL ${name} (${mode}), 4 × 20 s`, waitMode, throughputText(outcome));
				assertAllOut(outcome);
			};
			it(`not set, ${mode} mode`, () => trial('not set', ''));
			for (const which of STRANGERS) {
				it(`${which}, ${mode} mode`, async () => {
					const stranger = await startStranger(which);
					try {
						await trial(which, stranger.url);
					} finally {
						await stranger.close();
					}
				});
			}
		}
	});
}
