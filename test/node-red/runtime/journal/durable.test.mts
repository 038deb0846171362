// Runs that outlive deploys, stops and kills of a real Node-RED in a process of its own.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../../node-red/runtime/journal/journalLines.cts';
import type * as ProcessesModule from '../../../../node-red/runtime/journal/processes.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import {
	type Change,
	createRealRuns,
	type DeployType,
	PATIENCE_MS,
	type RealRuns,
} from '../../support/realRuns.mts';

const { JOURNAL_FILE } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/journalLines.cjs');
const { HERE } = dist<typeof ProcessesModule>('node-red/runtime/journal/processes.cjs');

jest.setTimeout(PATIENCE_MS);

let runs: RealRuns;
beforeAll(async () => {
	runs = await createRealRuns(2_000);
	await runs.start();
	await runs.deploy('full');
});
afterAll(() => runs.close());

const topics = () => runs.ends.map(({ topic }) => topic);
const pick = <T,>(values: readonly T[]): T =>
	values[Math.floor(Math.random() * values.length)] as T;

/** Every message has ended once, and nothing was paid for twice or canceled. */
function expectAllOnce(count: number) {
	expect(new Set(topics()).size).toBe(count);
	expect(topics()).toHaveLength(count);
	expect(runs.simulator.jobs.size).toBe(count);
	const sent = runs.ends.filter(({ code }) => code === undefined);
	expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(sent.length);
	for (const { requestId } of sent) expect(runs.simulator.jobs.has(String(requestId))).toBe(true);
	expect(runs.simulator.count('cancel')).toBe(0);
	expect(runs.errors).toEqual([]);
}

const failed = () => runs.ends.filter(({ code }) => code !== undefined);

it('under any deploys, every run ends once', async () => {
	await runs.send(20);
	for (let deploys = 0; deploys < 15; deploys += 1) {
		const name = `deploy ${deploys}`;
		const change = pick<Change>([{ run: { name } }, { config: { name } }, { other: { name } }, {}]);
		await runs.deploy(pick<DeployType>(['full', 'flows', 'nodes']), change);
	}
	await runs.ended(20);
	expectAllOnce(20);
	expect(failed()).toEqual([]);
	expect(runs.ends.filter(({ resumed }) => resumed)).toEqual([]);
});

describe.each([
	['SIGTERM', 50],
	['SIGKILL', 20],
] as const)('after %s', (signal, count) => {
	it(`with ${count} runs in progress, the next start ends each of them once`, async () => {
		const before = runs.ends.length;
		runs.simulator.update({ latencyMs: 5_000 });
		await runs.send(count);
		// Node-RED's own limit for a close is 15 s, that of a container often 10 s.
		const stopping = Date.now();
		await runs.nodeRed().stop(signal);
		expect(Date.now() - stopping).toBeLessThan(5_000);
		const journal = readFileSync(join(runs.userDir, 'runcomfy-jobs.jsonl'), 'utf8');
		expect(journal).not.toContain(runs.simulator.token);

		await runs.start();
		await runs.ended(before + count);
		expectAllOnce(before + count);
		expect(runs.ends.some(({ resumed }) => resumed)).toBe(true);
		// Killed between RunComfy's answer and its line in the journal, nobody can know.
		const unknown = signal === 'SIGKILL' ? ['submit_unconfirmed'] : [];
		for (const { code } of failed()) expect(unknown).toContain(code);
	});
});

describe.each(['SIGKILL', 'SIGTERM'] as const)('after %s', (signal) => {
	it('what waited in a real Node-RED is submitted once, and ends once', async () => {
		const runs = await createRealRuns(700);
		try {
			await runs.start();
			await runs.deploy('full', { config: { concurrency: 2 } });
			await runs.press(10);
			const file = join(runs.userDir, JOURNAL_FILE);
			const entries = () => [...readLines(readFileSync(file, 'utf8')).values()];
			const accepted = () => entries().filter(({ requestId }) => requestId !== undefined).length;
			await eventually(accepted, { timeout: PATIENCE_MS }).toBe(2);
			await eventually(() => entries().length).toBe(10);
			await runs.nodeRed().stop(signal);
			await runs.start();
			await runs.ended(10);
			expect(new Set(runs.ends.map(({ topic }) => topic)).size).toBe(10);
			expect(runs.ends.filter(({ code }) => code !== undefined)).toEqual([]);
			expect([runs.simulator.jobs.size, runs.simulator.count('submit')]).toEqual([10, 10]);
			expect(runs.errors).toEqual([]);
		} finally {
			await runs.close();
		}
	});
});

it.each(['full', 'nodes', 'SIGTERM', 'SIGKILL'] as const)(
	'10 messages that wait in a result node end once each after %s',
	async (how) => {
		const runs = await createRealRuns(5_000, { awaited: true });
		try {
			await runs.start();
			await runs.deploy('full');
			await runs.send(10);
			const file = join(runs.userDir, JOURNAL_FILE);
			const entries = () => [...readLines(readFileSync(file, 'utf8')).values()];
			const waits = () => entries().filter(({ nodeId }) => nodeId === 'run').length;
			// On a busy machine the first may have ended.
			const came = () => waits() + runs.ends.length;
			await eventually(came, { timeout: PATIENCE_MS }).toBe(10);
			if (how === 'full' || how === 'nodes') {
				await runs.deploy(how, { run: { name: 'changed' } });
			} else {
				await runs.nodeRed().stop(how);
				await runs.start();
			}
			await runs.ended(10);
			expect(new Set(runs.ends.map(({ topic }) => topic)).size).toBe(10);
			expect(runs.ends.filter(({ code }) => code !== undefined)).toEqual([]);
			expect([runs.simulator.jobs.size, runs.simulator.count('cancel')]).toEqual([10, 0]);
			expect(runs.errors).toEqual([]);
		} finally {
			await runs.close();
		}
	},
);

it('a container that is killed, and again before it has the journal, loses nothing', async () => {
	const runs = await createRealRuns(30_000);
	const files = (end: string) =>
		readdirSync(runs.userDir)
			.filter((name) => name.startsWith('runcomfy-jobs.') && name.endsWith(end))
			.map((name) => join(runs.userDir, name));
	const said = () => [
		...readLines(
			files('.jsonl')
				.map((file) => readFileSync(file, 'utf8'))
				.join(''),
		).values(),
	];
	const accepted = () => said().filter(({ requestId }) => requestId !== undefined).length;
	const sendAndKill = async (count: number) => {
		await runs.send(10);
		await eventually(accepted, { timeout: PATIENCE_MS }).toBe(count);
		await runs.nodeRed().stop('SIGKILL');
		// As the next process of a container sees them: each is the first of a numbering of its own.
		const [boot] = HERE.split('/');
		for (const lock of files('.lock')) writeFileSync(lock, `1 4711 ${boot}/pid:[1] x`);
	};
	try {
		await runs.start();
		await runs.deploy('full');
		await sendAndKill(10);
		await runs.start();
		await sendAndKill(20);
		await runs.start();
		await runs.ended(20);
		expect(new Set(runs.ends.map(({ topic }) => topic)).size).toBe(20);
		expect(runs.ends.filter(({ code }) => code !== undefined)).toEqual([]);
		expect([runs.simulator.jobs.size, runs.simulator.count('cancel')]).toEqual([20, 0]);
		expect([runs.errors, files('.jsonl')]).toEqual([[], [join(runs.userDir, JOURNAL_FILE)]]);
	} finally {
		await runs.close();
	}
});
