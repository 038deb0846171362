// Faults, refusals, full disks, deploys, kills, restarts, deletes and cancels, in random order: nothing is paid
// for twice, and someone is told about every paid request. Use RUNCOMFY_SEQUENCES=1000 for the long test.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import fc from '../../../support/random.mts';
import { diskWithRoom, fs } from '../../support/disk.mts';
import { useLog } from '../../support/log.mts';
import { useFlows, useUserDir } from '../../support/rig.mts';
import { SEQUENCE } from './randomActs.mts';
import { play } from './sequence.mts';

const SEQUENCES = Number(process.env['RUNCOMFY_SEQUENCES'] ?? 40);

const start = useFlows();
const kept = useUserDir();

const lines = useLog();

describe('messages in a random sequence of faults, full disks, deploys, kills, restarts, deletes and cancels', () => {
	it(
		'are paid for once, and nothing is lost that is paid for (P69)',
		async () => {
			// A kill keeps all written data, synced or not. A real disk takes time.
			jest.spyOn(fs, 'fsync').mockImplementation((_fd, done) => void setImmediate(done, null));
			jest.spyOn(fs, 'fsyncSync').mockImplementation(() => undefined);
			const disk = diskWithRoom();
			let delivered = 0;
			await fc.assert(
				fc.asyncProperty(SEQUENCE, async (sequence) => {
					const userDir = mkdtempSync(join(kept.userDir, 'sequence-'));
					const story = await play({ start, userDir, lines, disk }, sequence);
					expect(story.broken).toEqual([]);
					delivered += story.delivered;
				}),
				{ numRuns: SEQUENCES },
			);
			expect(delivered).toBeGreaterThan(0);
		},
		120_000 + SEQUENCES * 10_000,
	);
});
