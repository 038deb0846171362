// Flows and journals that earlier versions wrote, with this one: see test/fixtures/upgrade/README.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Simulator } from '../../simulator/types.cts';
import { created, printedBy } from '../fixtures/upgrade/node-red-ends.mjs';
import { eventually } from '../support/expect.mts';
import { root } from './support/dist.mts';
import { type FlowNode, useImportedFlows } from './support/importedFlow.mts';
import { useUserDir } from './support/userDir.mts';

const FIXTURES = join(root, 'test/fixtures/upgrade/node-red');
const FAST = { latencyMs: 50, queueMs: 0, coldStartMs: 0, maxInstances: 9 };

interface Did {
	ends: object[];
	submitted: object[];
}

const dir = useUserDir();
const start = useImportedFlows();

function read(name: string, file: string): string {
	const path = join(FIXTURES, name, file);
	return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** The last plan of each node's messages, as a journal has them. */
function plansIn(journal: string): Record<string, Record<string, unknown>> {
	const lines = journal.split('\n').filter((line) => line.includes('"submitting"'));
	return Object.fromEntries(
		lines.map((line) => {
			const { nodeId, plan } = JSON.parse(line) as {
				nodeId: string;
				plan: Record<string, unknown>;
			};
			return [nodeId, plan];
		}),
	);
}

function limitsOf({ timeoutMs, output }: Record<string, unknown>) {
	return { timeoutMs, maxBytes: (output as { maxBytes?: number } | undefined)?.maxBytes };
}

/** The journal as if it had been written just now, about requests that the simulator knows. */
async function placeJournal(name: string, { url, token }: Simulator, now: number) {
	let text = read(name, 'runcomfy-jobs.jsonl').replace(/"at":\d+/g, `"at":${now}`);
	const open = dir.entriesOf(text);
	for (const { requestId, deploymentId } of open) {
		if (requestId === undefined) continue;
		const answer = await fetch(`${url}/prod/v1/deployments/${deploymentId}/inference`, {
			method: 'POST',
			headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
			body: '{"overrides":{}}',
		});
		const { request_id: known } = (await answer.json()) as { request_id: string };
		text = text.replaceAll(requestId, known);
	}
	if (text !== '') writeFileSync(dir.journal, text);
	return dir.entriesOf(text);
}

const flowOf = (name: string) => JSON.parse(read(name, 'flows.json')) as FlowNode[];

describe.each(readdirSync(FIXTURES))('what %s wrote', (name) => {
	it('goes on: what was open is finished and not paid for again, and its nodes do as they did', async () => {
		let open: Awaited<ReturnType<typeof placeJournal>> = [];
		let paid = 0;
		const flow = await start(() => flowOf(name), {
			userDir: dir.userDir,
			simulator: FAST,
			async before(simulator) {
				open = await placeJournal(name, simulator, Date.now());
				paid = simulator.jobs.size;
			},
		});
		const { simulator } = flow;
		const printed = () => flow.warnings();

		await eventually(() => printedBy(printed()).length).toBe(open.length);
		const ends = printedBy(printed()).map(({ node, topic }) => `${node}: ${topic}`);
		const topics = open.map(({ msg }) => `ran: ${String(msg['topic'])}`);
		expect(ends.sort()).toEqual(topics.sort());
		const waited = open.filter(({ requestId }) => requestId === undefined);
		expect(simulator.jobs.size - paid).toBe(waited.length);
		await eventually(() => (existsSync(dir.journal) ? dir.onDisk() : [])).toEqual([]);

		const before = printed().length;
		simulator.requests.length = 0;
		const did = JSON.parse(read(name, 'did.json')) as Did;
		flow.press();
		const news = () => created(printed().slice(before));
		await eventually(() => news().length).toBe(did.ends.length);
		expect(news()).toEqual(did.ends);
		const bodies = simulator.requests.filter(({ route }) => route === 'submit');
		expect(bodies.map(({ body }) => body)).toHaveLength(did.submitted.length);
		expect(bodies.map(({ body }) => body)).toEqual(expect.arrayContaining(did.submitted));

		const plans = plansIn(readFileSync(dir.journal, 'utf8'));
		for (const [node, plan] of Object.entries(plansIn(read(name, 'runcomfy-jobs.jsonl')))) {
			// A field that is emptied is no limit, now as then.
			expect(limitsOf(plans[node]!)).toEqual(limitsOf(plan));
		}
	});
});
