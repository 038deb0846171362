// Faults, refusals, kills, restarts, retries, stops and deletes, in random order: you pay only for what you asked
// for, no refusal cancels what is paid for, and you are told of every paid request. Use RUNCOMFY_SEQUENCES=1000 for
// the long test.
import { describe, expect, it } from '@jest/globals';
import fc from '../../support/random.mts';
import { useSmallN8n } from '../support/parked.mts';
import { type Json, spyOnLog, useRig } from '../support/rig.mts';
import { type Fate, type Line, play, SEQUENCE, type Story } from './sequence.mts';

const SEQUENCES = Number(process.env['RUNCOMFY_SEQUENCES'] ?? 40);

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);

describe('an execution in a random sequence of faults, kills, restarts, retries, stops and deletes', () => {
	it(
		'pays for nothing twice, and loses nothing that is paid for',
		async () => {
			const spied = spyOnLog();
			let lines: Line[] = [];
			for (const spy of [spied.info, spied.warn]) {
				spy.mockImplementation((message, facts = {}) => void lines.push({ message, facts }));
			}
			const stories: Story[] = [];
			await fc.assert(
				fc.asyncProperty(SEQUENCE, async (sequence) => {
					lines = [];
					const story = await play(rig, n8n, () => lines, sequence);
					expect(story.broken).toEqual([]);
					stories.push(story);
					rig.simulator.requests.length = 0;
				}),
				{ numRuns: SEQUENCES },
			);
			if (SEQUENCES > 40) console.log(figuresOf(stories));
			expect(stories.flatMap(({ fates }) => fates)).toContain('delivered');
		},
		60_000 + SEQUENCES * 10_000,
	);
});

function figuresOf(stories: readonly Story[]): Json {
	const sum = (of: (story: Story) => number) => stories.reduce((all, one) => all + of(one), 0);
	const fates: Partial<Record<Fate, number>> = {};
	for (const fate of stories.flatMap((story) => story.fates)) fates[fate] = (fates[fate] ?? 0) + 1;
	return {
		sequences: stories.length,
		kills: sum(({ kills }) => kills),
		paid: sum((story) => story.fates.length),
		paidAgain: sum(({ paidAgain }) => paidAgain),
		retried: sum(({ retried }) => retried),
		...fates,
	};
}
