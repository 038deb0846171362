// Executions that earlier versions left in n8n's database, with this one: see
// test/fixtures/upgrade/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';
import { useSmallN8n } from '../support/parked.mts';
import { stateOf } from '../support/paying.mts';
import { countOf, root, useRig } from '../support/rig.mts';
import type { Status, Stored } from '../support/stored.mts';

let aheadMs = 0;
const rig = useRig({ now: () => Date.now() + aheadMs });
const n8n = useSmallN8n(rig);

const FIXTURES = join(root, 'test/fixtures/upgrade/n8n');
/** Of a length that no test waits for. */
const LONG_MS = 3_600_000;

interface Left {
	state: Status;
	/** Of the execution. */
	id: string;
	/** When it was written, in milliseconds since the epoch. */
	at: number;
	/** The ids of the requests that it waited for. */
	requests: string[];
	workflow: WorkflowJson;
	/** As n8n's database has it. */
	execution: string;
}

/** Puts it into the store as if it had been left there just now, about requests that the simulator knows. */
async function take(file: string) {
	const left = JSON.parse(readFileSync(join(FIXTURES, file), 'utf8')) as Left;
	const passed = Date.now() - left.at;
	const later = (text: string) => String(Number(text) + passed);
	let execution = left.execution.replace(/\b1[78]\d{11}\b/g, later);
	const paid: string[] = [];
	for (const old of left.requests) {
		const id = await submitted();
		execution = execution.replaceAll(old, id);
		paid.push(id);
	}
	rig.simulator.requests.length = 0;
	return { ...n8n.take({ ...left, execution }), paid };
}

async function submitted(): Promise<string> {
	const { url, token, deploymentIds } = rig.simulator;
	const answer = await fetch(`${url}/prod/v1/deployments/${deploymentIds.textToImage}/inference`, {
		method: 'POST',
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
		body: '{"overrides":{}}',
	});
	return ((await answer.json()) as { request_id: string }).request_id;
}

beforeEach(() => rig.simulator.update({ latencyMs: LONG_MS, queueMs: 0, coldStartMs: 0 }));

const files = readdirSync(FIXTURES);
const parked = files.filter((file) => file.includes('parked'));
const failed = files.filter((file) => file.includes('failed'));

function expectResults(done: Stored, paid: string[]) {
	expect(done.error?.message).toBeUndefined();
	const items = done.items('Step 1').map(({ json, pairedItem }) => [json, pairedItem]);
	expect(items).toEqual(
		paid.map((request_id, item) => [
			expect.objectContaining({ request_id, status: 'succeeded' }),
			{ item },
		]),
	);
	expect(countOf(rig, 'submit')).toBe(0);
}

describe.each(parked)('%s, an execution that waited', (file) => {
	it('goes on when n8n’s timer comes, with what was paid for', async () => {
		const { id, until, paid } = await take(file);
		aheadMs += LONG_MS;
		await n8n.timer(id);
		expectResults(await until(), paid);
	});

	it('is parked again if its requests have not ended', async () => {
		const { id, until, paid } = await take(file);
		await n8n.timer(id);
		await until('waiting');
		aheadMs += LONG_MS;
		await n8n.timer(id);
		expectResults(await until(), paid);
	});

	it('goes on after a call of its address, and is parked again if its requests have not ended', async () => {
		const { id, until, paid } = await take(file);
		await n8n.post(id);
		await until('waiting');
		aheadMs += LONG_MS;
		await n8n.timer(id);
		expectResults(await until(), paid);
	});

	it('that was stopped submits nothing when it is retried, while its requests go on', async () => {
		const { id, paid } = await take(file);
		await n8n.stop(id);
		const retry = n8n.retry(id);
		await retry.until('waiting');
		aheadMs += LONG_MS;
		await n8n.timer(retry.id);
		expectResults(await retry.until(), paid);
		expect(paid.map((request) => stateOf(rig, request))).toEqual(paid.map(() => 'succeeded'));
	});
});

describe.each(failed)('%s, an execution that failed', (file) => {
	it('takes up what it had submitted when it is retried', async () => {
		const { id, paid } = await take(file);
		aheadMs += LONG_MS;
		expectResults(await n8n.retry(id).until(), paid);
	});
});
