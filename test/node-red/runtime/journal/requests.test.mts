// What is on the disk about paid requests, and when; and what is made of what an earlier process has left there.
import { mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Host } from '../../../../core/index.ts';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import { rateLimited } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import { diskWithRoom, failing, fs } from '../../support/disk.mts';
import { dist } from '../../support/dist.mts';
import { useLog } from '../../support/log.mts';
import {
	countWorks,
	type FlowOptions,
	leftRun,
	list,
	running,
	submitted,
	type TestFlow,
	TOKEN,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const { presentJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');

const start = useFlows();
const kept = useUserDir();
const { onDisk } = kept;
const log = useLog();
const logged = () => log.map(({ text }) => text).join('\n');

let heal = () => undefined as void;
beforeEach(() => {
	log.length = 0;
});
afterEach(() => {
	heal();
	heal = () => undefined;
	jest.restoreAllMocks();
});

const states = () => onDisk().map(({ receipt }) => receipt.state);
const requestIds = ({ simulator }: TestFlow) => [...simulator.jobs.keys()];

async function startRun(fields: object = {}, more: FlowOptions = {}) {
	const options = { userDir: kept.userDir, simulator: { latencyMs: 600_000 }, ...more };
	return start('runcomfy-run', { ...fields }, options);
}

/** Lets no write reach the medium. @returns a function that lets all of them reach it */
function holdMedium(): () => void {
	const held: Array<() => void> = [];
	const { fsync: sync } = fs;
	const medium = jest
		.spyOn(fs, 'fsync')
		.mockImplementation((fd, callback) => void held.push(() => sync(fd, callback)));
	return () => {
		medium.mockRestore();
		for (const go of held.splice(0)) go();
	};
}

/** Tries again to write, as happens every few seconds. */
async function retry() {
	presentJournal()?.retry();
	await turns(20);
}

describe('a submit', () => {
	it('is sent once its file is on the medium (P45)', async () => {
		const flow = await startRun();
		const release = holdMedium();
		flow.ask();
		await eventually(() => kept.files().size).toBe(1);
		await turns(20);
		expect(flow.simulator.count('submit')).toBe(0);
		release();
		await eventually(() => flow.simulator.count('submit')).toBe(1);
	});

	it('has a file of its own, for its user only, without bytes and secrets, and within a size', async () => {
		const flow = await startRun();
		const msg = { bytes: Buffer.from('abc'), note: `a ${TOKEN}`, long: 'x'.repeat(20_000) };
		await running(flow, 2, () => flow.ask({ topic: 't', ...msg }));
		const names = readdirSync(kept.folder);
		expect(names).toEqual(Array(2).fill(expect.stringMatching(/^[\da-f-]{36}\.json$/)));
		for (const name of names) expect(statSync(join(kept.folder, name)).mode & 0o777).toBe(0o600);
		expect(statSync(kept.folder).mode & 0o777).toBe(0o700);
		const [{ msg: stored = {} } = {}] = onDisk();
		expect(stored).toEqual({ _msgid: expect.any(String), topic: 't', note: 'a [token]' });
	});

	it('has the id of its request on the disk in the turn in which it is known (P45)', async () => {
		const seen: string[][] = [];
		const hostOf = (host: Host): Host => ({
			...host,
			async request(request) {
				const answer = await host.request(request);
				if (request.method === 'POST') setImmediate(() => seen.push(states()));
				return answer;
			},
		});
		const flow = await startRun({}, { hostOf });
		await running(flow);
		expect(seen).toEqual([['accepted']]);
	});

	it('has no file while RunComfy refuses it for now', async () => {
		const flow = await startRun();
		flow.simulator.inject(rateLimited({ on: 'submit', retryAfter: 60 }));
		const release = flow.time.hold();
		flow.ask();
		await eventually(() => flow.time.sleeping()).toBe(1);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
		release();
		await flow.ended();
		expect([flow.sent.length, flow.simulator.jobs.size]).toEqual([1, 1]);
	});

	it('leaves nothing behind once its message has left', async () => {
		const flow = await startRun({}, { simulator: {} });
		for (let sent = 0; sent < 20; sent += 1) flow.ask();
		await flow.ended(20);
		await turns(5);
		expect([kept.files().size, countWorks('n')]).toEqual([0, 0]);
	});
});

describe('a message that leaves', () => {
	it('is claimed first, and its file is there until the next nodes have it (P48)', async () => {
		const flow = await startRun({}, { simulator: {} });
		const seen: string[][] = [];
		const { renameSync: rename } = fs;
		jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
			rename(from, to);
			if (String(to).endsWith('.out')) {
				seen.push([...kept.files().keys()]);
				expect(flow.sent).toEqual([]);
			}
		});
		flow.ask();
		await flow.ended();
		expect(seen).toEqual([[expect.stringMatching(/\.out$/)]]);
		await turns(5);
		expect(kept.files().size).toBe(0);
	});

	it('is not sent if another process has claimed it (P48)', async () => {
		const flow = await startRun();
		const release = await running(flow);
		for (const name of readdirSync(kept.folder)) {
			renameSync(join(kept.folder, name), join(kept.folder, name.replace('json', 'out')));
		}
		release();
		await eventually(() => countWorks('n')).toBe(0);
		expect([flow.sent, flow.caught]).toEqual([[], []]);
		expect(flow.warned).toEqual([expect.stringContaining(String(requestIds(flow)[0]))]);
		// The other process needs it if it is killed before it has sent the message.
		expect([...kept.files().keys()]).toEqual([expect.stringMatching(/\.out$/)]);
	});

	it('comes again after a kill before its file is gone', async () => {
		const flow = await startRun({}, { simulator: {} });
		const { unlinkSync } = fs;
		jest.spyOn(fs, 'unlinkSync').mockImplementation((path) => {
			jest.restoreAllMocks();
			flow.kill();
			unlinkSync(path);
		});
		flow.ask({ topic: 't' });
		await flow.ended();
		await flow.revive();
		await flow.ended(2);
		expect(flow.sent).toMatchObject([{ topic: 't' }, { topic: 't', runcomfy: { resumed: true } }]);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
	});
});

describe('a full disk', () => {
	it('stops no run: the log has the id of its request, which is written as soon as there is room (P47)', async () => {
		const flow = await startRun();
		heal = failing('ENOSPC', 'writeSync');
		const release = await running(flow, 2);
		for (const id of requestIds(flow)) expect(flow.warned.join()).toContain(id);
		expect(logged().match(/may not outlive a restart/g)).toHaveLength(1);
		expect((await list()).unprotected).toContain('ENOSPC');
		expect(onDisk()).toEqual([]);
		heal();
		await retry();
		expect(states()).toEqual(['accepted', 'accepted']);
		expect((await list()).unprotected).toBeUndefined();
		await flow.reborn();
		release();
		await flow.ended(2);
		expect([flow.sent.length, flow.caught, flow.simulator.count('submit')]).toEqual([2, [], 2]);
	});

	it('is tried again one write at a time, however slow it is', async () => {
		const flow = await startRun();
		heal = failing('ENOSPC', 'writeSync');
		await running(flow);
		heal();
		const release = holdMedium();
		for (let tries = 0; tries < 3; tries += 1) await retry();
		expect(kept.files().size).toBe(1);
		release();
		await eventually(states).toEqual(['accepted']);
		expect(kept.files().size).toBe(1);
	});

	it('does not keep a message from leaving once, nor a run of an earlier process from going on (P47)', async () => {
		const flow = await startRun({}, {});
		const release = await running(flow);
		diskWithRoom(0);
		await flow.reborn();
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ runcomfy: { resumed: true } }]);
		expect([flow.simulator.count('submit'), onDisk()]).toEqual([1, []]);
	});

	it('that is full again in between leaves the file of the submit, which is then told as unconfirmed', async () => {
		const flow = await startRun();
		flow.simulator.inject({ name: 'slow_submit', ms: 50 });
		flow.ask();
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		diskWithRoom(0);
		await eventually(() => flow.warned.join()).toContain(String(requestIds(flow)[0]));
		jest.restoreAllMocks();
		flow.kill();
		await flow.revive();
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'submit_unconfirmed' } }]);
		expect(flow.simulator.count('submit')).toBe(1);
	});
});

describe('a disk that nothing can be written to', () => {
	it('lets messages leave, each once in this process, and the log says what may happen', async () => {
		const flow = await startRun({}, { simulator: {} });
		const release = await running(flow, 1);
		heal = failing('EROFS', 'openSync', 'renameSync', 'unlinkSync');
		release();
		await flow.ended();
		await flow.redeploy('full');
		await turns(20);
		expect([flow.sent.length, flow.caught]).toEqual([1, []]);
		expect(logged()).toMatch(/come out twice: EROFS/);
		expect(onDisk()).toHaveLength(1);
	});
});

describe('what an earlier process has left', () => {
	const accepted = async (
		flow: Pick<TestFlow, 'simulator'>,
		more: Parameters<typeof leftRun>[1] = {},
	) => kept.leave(leftRun({ state: 'accepted', ...(await submitted(flow)) }, more));

	/** A flow that starts with an accepted request. */
	async function withLeft(
		prepare: () => void = () => undefined,
		more?: Parameters<typeof leftRun>[1],
	) {
		const flow = await startRun(
			{},
			{
				simulator: {},
				async before(simulator) {
					await accepted({ simulator }, more);
					prepare();
				},
			},
		);
		return flow;
	}
	const rename = (from: string, to: string) =>
		renameSync(join(kept.folder, from), join(kept.folder, to));

	it('is taken up where its message was just leaving', async () => {
		const flow = await withLeft(() => rename('left 0.json', 'left 0.out'));
		await flow.ended();
		expect(flow.sent).toMatchObject([{ topic: 't', runcomfy: { resumed: true } }]);
		expect(kept.files().size).toBe(0);
	});

	it('and cannot be taken up is told in one warning', async () => {
		const flow = await withLeft(() => {
			rename('left 0.json', 'left 0.out');
			writeFileSync(join(kept.folder, 'other.out'), '{}');
			heal = failing('EROFS', 'renameSync');
		});
		await flow.redeploy('full');
		await turns(20);
		expect(flow.sent).toEqual([]);
		expect(logged().match(/EROFS/g)).toHaveLength(1);
		expect(logged()).toMatch(/2 files .*restart Node-RED/);
	});

	it('is set aside if it is torn or of somebody else, with one warning, and the rest is taken up (P61)', async () => {
		const flow = await withLeft(() => {
			writeFileSync(join(kept.folder, 'torn.json'), '{"nodeId":"n","rece');
			writeFileSync(join(kept.folder, 'empty.json'), '');
			writeFileSync(join(kept.folder, 'notes.txt'), 'of somebody else');
		});
		await flow.ended();
		await flow.redeploy('full');
		await turns(20);
		expect([...kept.files().keys()]).toEqual(['empty.json.bad', 'notes.txt', 'torn.json.bad']);
		expect(logged().match(/torn\.json/g)).toHaveLength(1);
		expect(flow.sent).toHaveLength(1);
	});

	it('is cleared of temporary files, if they are old', async () => {
		const day = new Date(Date.now() - 25 * 3_600_000);
		const flow = await withLeft(() => {
			for (const name of ['old.x.tmp', 'new.x.tmp']) writeFileSync(join(kept.folder, name), '');
			utimesSync(join(kept.folder, 'old.x.tmp'), day, day);
		});
		await flow.ended();
		expect([...kept.files().keys()]).toEqual(['new.x.tmp']);
	});

	it.each([
		[6, 1],
		[8, 0],
	])('is kept for an absent node after %i days: %i', async (days, left) => {
		const at = new Date(Date.now() - days * 24 * 3_600_000);
		const flow = await withLeft(() => utimesSync(join(kept.folder, 'left 0.json'), at, at), {
			nodeId: 'gone',
		});
		await turns(20);
		expect(onDisk()).toHaveLength(left);
		expect(logged().includes(String(requestIds(flow)[0]))).toBe(left === 0);
		expect(flow.sent).toEqual([]);
	});

	it('is given to a node that is ready only after a later deploy', async () => {
		const flow = await withLeft(undefined, { nodeId: 'later' });
		await turns(20);
		expect(countWorks('later')).toBe(0);
		const later = { id: 'later', type: 'runcomfy-run', z: 't', x: 0, y: 0, config: 'cfg' };
		await flow.redeploy('full', {}, [{ ...later, wires: [['sent']] }]);
		await eventually(() => flow.sent.length).toBe(1);
	});

	it('does not keep a node from starting if the folder cannot be read (P61)', async () => {
		mkdirSync(kept.folder);
		heal = failing('EACCES', 'readdirSync');
		const flow = await startRun({}, { simulator: {} });
		flow.ask();
		await flow.ended();
		expect(flow.sent).toHaveLength(1);
		expect(logged()).toContain('EACCES');
	});

	describe('of a submit without an answer', () => {
		const AT = Date.UTC(2026, 0, 1);

		it('is told as unconfirmed once the answer should have come, by a clock that may be wrong (P64)', async () => {
			kept.leave(leftRun({ deploymentId: 'd', at: AT - 60_000 }), leftRun({ at: AT + 3_600_000 }));
			const flow = await startRun();
			const release = flow.time.hold();
			await flow.ended();
			expect(flow.caught).toHaveLength(1);
			const before = flow.time.now();
			release();
			await flow.ended(2);
			expect(flow.time.now() - before).toBe(90_000);
			expect(flow.caught.map(({ error }) => error.code)).toEqual(
				Array(2).fill('submit_unconfirmed'),
			);
			expect([flow.simulator.count('submit'), onDisk()]).toEqual([0, []]);
		});

		it('goes on with the answer that another process has got meanwhile', async () => {
			kept.leave(leftRun({ deploymentId: 'd', at: AT }));
			const flow = await startRun({}, { simulator: {} });
			const release = flow.time.hold();
			await turns(20);
			await accepted(flow);
			release();
			await flow.ended();
			expect(flow.sent).toMatchObject([{ requestId: requestIds(flow)[0] }]);
		});
	});
});
