// Flows and journals that earlier versions wrote, in a real Node-RED with this one: see
// test/fixtures/upgrade/README.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type {
	JournalEntry,
	readLines as ReadLines,
} from '../../node-red/runtime/journal/journalLines.cts';
import { type NodeRed, startNodeRed } from '../../scripts/hosts/node-red.mjs';
import type { Simulator, SimulatorOptions } from '../../simulator/types.cts';
import { created, printedBy } from '../fixtures/upgrade/node-red-ends.mjs';
import { eventually } from '../support/expect.mts';
import { dist, root } from './support/dist.mts';
import { useUserDir } from './support/userDir.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');
const { readLines } = dist<{ readLines: typeof ReadLines }>(
	'node-red/runtime/journal/journalLines.cjs',
);

const FIXTURES = join(root, 'test/fixtures/upgrade/node-red');
const WAITED = { timeout: 20_000 };
const FAST = { latencyMs: 50, queueMs: 0, coldStartMs: 0, maxInstances: 9 };

interface Did {
	ends: object[];
	submitted: object[];
}

const dir = useUserDir();

function read(name: string, file: string): string {
	const path = join(FIXTURES, name, file);
	return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** The last plan of each node's messages, as a journal has them. */
function plansIn(journal: string): Record<string, Record<string, unknown>> {
	const lines = journal.split('\n').filter((line) => line.includes('"submitting"'));
	return Object.fromEntries(
		lines.map((line) => {
			const { nodeId, plan } = JSON.parse(line) as JournalEntry;
			return [nodeId, plan as Record<string, unknown>];
		}),
	);
}

function limitsOf({ timeoutMs, output }: Record<string, unknown>) {
	return { timeoutMs, maxBytes: (output as { maxBytes?: number } | undefined)?.maxBytes };
}

/** The journal as if it had been written just now, about requests that the simulator knows. */
async function placeJournal(name: string, { url, token }: Simulator) {
	let text = read(name, 'runcomfy-jobs.jsonl').replace(/"at":\d+/g, `"at":${Date.now()}`);
	const open = [...readLines(text).values()];
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
	return [...readLines(text).values()];
}

function flowsOf(name: string, { url, token }: Simulator): object[] {
	const flows = JSON.parse(read(name, 'flows.json')) as Array<{ type: string }>;
	return flows.map((node) =>
		node.type === 'runcomfy-config'
			? { ...node, baseUrl: url, credentials: { apiToken: token } }
			: node,
	);
}

// Real processes on a busy machine.
jest.setTimeout(300_000);

describe.each(readdirSync(FIXTURES))('what %s wrote', (name) => {
	it('goes on: what was open is finished and not paid for again, and its nodes do as they did', async () => {
		const simulator = await createSimulator(FAST);
		const lines: string[] = [];
		let nodeRed: NodeRed | undefined;
		try {
			const open = await placeJournal(name, simulator);
			const paid = simulator.jobs.size;
			simulator.requests.length = 0;
			nodeRed = await startNodeRed({ userDir: dir.userDir, log: (line) => lines.push(line) });
			await nodeRed.deploy(flowsOf(name, simulator));

			await eventually(() => printedBy(lines).length, WAITED).toBe(open.length);
			const ends = printedBy(lines).map(({ node, topic }) => `${node}: ${topic}`);
			const topics = open.map(({ msg }) => `ran: ${String(msg['topic'])}`);
			expect(ends.sort()).toEqual(topics.sort());
			const waited = open.filter(({ requestId }) => requestId === undefined);
			expect(simulator.jobs.size - paid).toBe(waited.length);
			await eventually(() => (existsSync(dir.journal) ? dir.onDisk() : [])).toEqual([]);

			lines.length = 0;
			simulator.requests.length = 0;
			const did = JSON.parse(read(name, 'did.json')) as Did;
			await nodeRed.inject('go');
			await eventually(() => created(lines).length, WAITED).toBe(did.ends.length);
			expect(created(lines)).toEqual(did.ends);
			const bodies = simulator.requests.filter(({ route }) => route === 'submit');
			expect(bodies.map(({ body }) => body)).toHaveLength(did.submitted.length);
			expect(bodies.map(({ body }) => body)).toEqual(expect.arrayContaining(did.submitted));

			const plans = plansIn(readFileSync(dir.journal, 'utf8'));
			for (const [node, plan] of Object.entries(plansIn(read(name, 'runcomfy-jobs.jsonl')))) {
				// A field that is emptied is no limit, now as then.
				expect(limitsOf(plans[node]!)).toEqual(limitsOf(plan));
			}
			expect(lines.filter((line) => /\[error\]|Uncaught/.test(line))).toEqual([]);
		} finally {
			await nodeRed?.stop();
			await simulator.close();
		}
	});
});
