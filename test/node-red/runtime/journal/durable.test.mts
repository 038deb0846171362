// Runs that outlive deploys, stops and kills of a real Node-RED in its own process.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
	type Change,
	createRealRuns,
	type DeployType,
	type RealRuns,
} from '../../support/realRuns.mts';

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
		await runs.nodeRed().stop(signal);
		const journal = readFileSync(join(runs.userDir, 'runcomfy-jobs.jsonl'), 'utf8');
		expect(journal).not.toContain(runs.simulator.token);

		await runs.start();
		await runs.ended(before + count);
		expectAllOnce(before + count);
		expect(runs.ends.some(({ resumed }) => resumed)).toBe(true);
		// If it was killed between RunComfy's answer and its line in the journal, nobody can know.
		const unknown = signal === 'SIGKILL' ? ['submit_unconfirmed'] : [];
		for (const { code } of failed()) expect(unknown).toContain(code);
	});
});
