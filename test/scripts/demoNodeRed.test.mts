// `npm start`'s half in a real Node-RED: how its run ends, and what stays of an edited flow.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openInNodeRed } from '../../scripts/demo/node-red.mjs';
import { cancelRunsOf } from '../../scripts/demo/stop.mjs';
import { loadSimulator } from '../../scripts/dist.mjs';
import type { Simulator } from '../../simulator/index.cts';
import { waitUntil } from '../support/expect.mts';

let simulator: Simulator;
let folder: string;
beforeAll(async () => {
	simulator = await loadSimulator().createSimulator({ latencyMs: 100 });
	folder = mkdtempSync(join(tmpdir(), 'runcomfy-demo-'));
});
afterAll(async () => {
	await simulator.close();
	rmSync(folder, { recursive: true, force: true });
});

const said: string[] = [];
const open = (
	userDir: string,
	{ url = simulator.url, signal = new AbortController().signal } = {},
) =>
	openInNodeRed(
		{
			real: false,
			url,
			token: simulator.token,
			deploymentId: simulator.deploymentIds.textToImage,
			close: async () => undefined,
		},
		{ folder, userDir: join(folder, userDir), signal, say: (line) => void said.push(line) },
	);

it('saves a picture; says what went wrong if a run fails, and that a text has no file', async () => {
	const { nodeRed, run, flow } = await open('ends');
	try {
		expect(await run()).toEqual([expect.stringContaining(join(folder, 'node-red'))]);

		simulator.inject({ name: 'run_failed', error: 'Out of memory' });
		await expect(run()).rejects.toThrow(/ended with the error above/);
		expect(said.join('\n')).toContain('Out of memory');
		expect(said.join('\n')).not.toContain('.cjs:');

		const text = flow.map((node) =>
			node['type'] === 'runcomfy-run'
				? {
						...node,
						deploymentId: simulator.deploymentIds.text,
						inputMode: 'json',
						overrides: '{}',
						overridesType: 'json',
					}
				: node,
		);
		await nodeRed.deploy(text);
		expect(await run()).toEqual([]);
		expect(said.at(-1)).toMatch(/without a file/);
		expect(said.join('\n')).toContain('caption: ');
	} finally {
		await nodeRed.stop();
	}
});

it('cancels a run when it is stopped, and says which', async () => {
	const slow = await loadSimulator().createSimulator({ latencyMs: 3_600_000 });
	const stop = new AbortController();
	const { nodeRed, run } = await open('stopped', { url: slow.url, signal: stop.signal });
	try {
		const outcome = run().catch((error: unknown) => error);
		await waitUntil(() => slow.count('status') > 0);
		stop.abort();
		const [job] = slow.jobs.values();
		expect(String(await outcome)).toContain(`request ${job?.requestId} was canceled at RunComfy`);
		expect(job?.state).toBe('canceled');
		expect(await cancelRunsOf(nodeRed.url)).toBeUndefined();
	} finally {
		await nodeRed.stop();
		await slow.close();
	}
});

it('says which run goes on where RunComfy does not cancel it', async () => {
	const slow = await loadSimulator().createSimulator({
		latencyMs: 3_600_000,
		faults: [{ name: 'server_error', on: 'cancel', times: Infinity }],
	});
	const { nodeRed, run } = await open('refused', { url: slow.url });
	try {
		run().catch(() => undefined);
		await waitUntil(() => slow.count('status') > 0);
		const [job] = slow.jobs.values();
		expect(await cancelRunsOf(nodeRed.url, { withinMs: 500 })).toContain(
			`request ${job?.requestId} had ended, or goes on`,
		);
	} finally {
		await nodeRed.stop('SIGKILL');
		await slow.close();
	}
});

it('keeps what was edited over a restart, with the address of the new simulator', async () => {
	const first = await open('kept');
	await first.nodeRed.deploy([...first.flow, { id: 'mine', type: 'tab', label: 'mine' }]);
	await first.nodeRed.stop();
	const second = await open('kept', { url: `${simulator.url}/` });
	try {
		const answer = await fetch(`${second.nodeRed.url}/flows`);
		const nodes = (await answer.json()) as Array<Record<string, unknown>>;
		expect(nodes.find(({ id }) => id === 'mine')).toMatchObject({ label: 'mine' });
		expect(nodes.find(({ id }) => id === 'runcomfy_account')).toMatchObject({
			baseUrl: `${simulator.url}/`,
		});
		expect(await second.run()).toHaveLength(1);
	} finally {
		await second.nodeRed.stop();
	}
});
