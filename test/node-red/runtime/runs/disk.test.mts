// Runs whose lines in the journal cannot be replaced: they wait for the disk, visibly and in their place, so that no
// restart submits them or sends their messages again.
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { failing } from '../../support/journalDirectory.mts';
import {
	countWorks,
	jobs,
	leftEntry,
	list,
	running,
	submitted,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const { presentJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');

const start = useFlows();
const kept = useUserDir();
const { onDisk } = kept;

const FULL = () => failing('ENOSPC', 'writeSync');

let heal = () => undefined as void;
beforeEach(() => {
	// The tests decide when the journal is checked.
	jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => undefined } as never);
});
afterEach(() => {
	heal();
	jest.restoreAllMocks();
});

/** Lets the journal check the disk, as it does every few seconds. */
async function check() {
	presentJournal()?.check();
	await turns(20);
}

const topics = ({ sent }: TestFlow) => sent.map(({ topic }) => topic);

/** A flow with one run at RunComfy, another one waiting for its place, and a disk that is full from now on. */
async function waitingOnFullDisk(fields: object = {}) {
	const flow = await start(
		'runcomfy-run',
		{ ...fields },
		{ userDir: kept.userDir, config: { concurrency: 1 }, simulator: { latencyMs: 600_000 } },
	);
	const release = await running(flow, 1, () => flow.ask({ topic: 'first' }));
	flow.ask({ topic: 'waits' });
	await eventually(() => onDisk().length).toBe(2);
	heal = FULL();
	return { flow, release };
}

describe('a message that waits in the journal when the disk is full', () => {
	it('waits visibly, holds no place, and is submitted once there is room; its timeout counts from there', async () => {
		const { flow, release } = await waitingOnFullDisk({ timeout: '1200', timeoutType: 'num' });
		release();
		// The result of the first one has a line, too.
		await eventually(async () => (await jobs()).map(({ waitsForDisk }) => waitsForDisk)).toEqual([
			true,
			true,
		]);
		flow.ask({ topic: 'new' });
		await flow.ended();
		expect(topics(flow)).toEqual(['new']);
		expect(flow.simulator.count('submit')).toBe(2);
		await eventually(() => flow.shown.at(-1)).toMatchObject({ unprotected: true, queued: 2 });
		expect((await list()).unprotected).toContain('wait until it can be written');
		flow.time.pass(3_600_000);
		heal();
		await check();
		await flow.ended(3);
		expect([topics(flow), flow.caught]).toEqual([['new', 'first', 'waits'], []]);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([3, []]);
	});

	it('is not submitted by the next process, and neither does it end there', async () => {
		const { flow, release } = await waitingOnFullDisk();
		await flow.reborn({}, () => {
			heal();
			heal = failing('EIO', 'fsync', 'fsyncSync');
		});
		release();
		await turns(50);
		await check();
		expect([flow.sent, flow.caught, flow.simulator.count('submit')]).toEqual([[], [], 1]);
		expect((await jobs()).map(({ waitsForDisk }) => waitsForDisk)).toContain(true);
		heal();
		await check();
		await flow.ended(2);
		expect(topics(flow)).toEqual(['first', 'waits']);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([2, []]);
	});

	it('holds nobody back that has no line, also if it is read only then', async () => {
		const fields = { checkInputs: true };
		const flow = await start('runcomfy-run', fields, { userDir: kept.userDir });
		const { video } = flow.simulator.deploymentIds;
		flow.simulator.inject({ name: 'stall', on: 'deployments.get', ms: 300 });
		const release = flow.time.hold();
		const overrides = { '6': { inputs: { text: 'a cat' } } };
		flow.ask({ topic: 'reads', deploymentId: video, overrides });
		await eventually(() => flow.simulator.count('deployments.get')).toBe(1);
		await eventually(() => onDisk().length).toBe(1);
		heal = FULL();
		const before = flow.time.now();
		flow.ask({ topic: 'new', overrides });
		release();
		await eventually(() => flow.simulator.count('submit')).toBe(1);
		expect(flow.time.now() - before).toBeLessThan(5_000);
		await flow.ended();
		expect(topics(flow)).toEqual(['new']);
		heal();
		await check();
		await flow.ended(2);
	});

	it('ends at once if it is canceled, and the log says what a restart may do', async () => {
		const { flow, release } = await waitingOnFullDisk();
		release();
		await eventually(async () => (await jobs()).every(({ waitsForDisk }) => waitsForDisk)).toBe(
			true,
		);
		flow.cancel({ topic: 'waits' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'waits', error: { code: 'run_canceled' } }]);
		expect([flow.sent, flow.simulator.count('submit')]).toEqual([[], 1]);
		heal();
		await check();
		await eventually(() => onDisk()).toEqual([]);
	});
});

describe('what an earlier process has left on a disk that is full', () => {
	it('is watched, and its end comes out once that can be written', async () => {
		kept.leave(leftEntry({ deploymentId: 'd' }, { job: 'unconfirmed' }));
		heal = failing('ENOSPC', 'writeSync', 'writeFileSync');
		const flow = await start('runcomfy-run', {}, { userDir: kept.userDir });
		await turns(50);
		expect(flow.caught).toEqual([]);
		heal();
		await check();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'submit_unconfirmed' } }]);
		expect(onDisk()).toEqual([]);
	});

	it('is not submitted by a submit node either, and a stop cancels it not', async () => {
		const topic = 'waits';
		kept.leave(
			leftEntry({ state: 'planned' }, { msg: { topic, overrides: {} }, waiting: { unread: true } }),
		);
		heal = failing('ENOSPC', 'writeSync', 'writeFileSync');
		const fields = { deploymentId: '' };
		const flow = await start('runcomfy-submit', fields, { userDir: kept.userDir });
		await turns(50);
		expect([flow.sent, flow.caught, countWorks('n')]).toEqual([[], [], 1]);
		await flow.restart(fields, () => expect(countWorks('n')).toBe(1));
		await turns(20);
		expect([flow.simulator.count('submit'), countWorks('n')]).toEqual([0, 1]);
		heal();
		await check();
		await flow.ended();
	});
});

describe('a journal that comes back from another process', () => {
	it('goes on with what that one has submitted; the message that waited here ends without a word', async () => {
		const { flow, release } = await waitingOnFullDisk();
		heal();
		const [first, waits] = onDisk();
		const lock = `${kept.journal}.lock`;
		writeFileSync(lock, 'that of another process');
		await check();
		const ref = await submitted(flow);
		const { receipt } = leftEntry({ state: 'accepted', ...ref });
		const taken = leftEntry({}, { ...waits, receipt, waiting: undefined });
		writeFileSync(kept.journal, '');
		kept.leave(...(first ? [first] : []), taken);
		rmSync(lock);
		await check();
		release();
		await flow.ended(2);
		expect([flow.caught, topics(flow).sort()]).toEqual([[], ['first', 'waits']]);
		expect([flow.simulator.count('submit'), onDisk(), countWorks('n')]).toEqual([2, [], 0]);
	});
});
