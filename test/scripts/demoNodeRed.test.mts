// `npm start`'s half in a real Node-RED: how its run ends, and what stays of an edited flow.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openInNodeRed } from '../../scripts/demo/node-red.mjs';
import { loadSimulator } from '../../scripts/dist.mjs';
import type { Simulator } from '../../simulator/index.cts';

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
const open = (userDir: string, url = simulator.url) =>
	openInNodeRed(
		{
			real: false,
			url,
			token: simulator.token,
			deploymentId: simulator.deploymentIds.textToImage,
			close: async () => undefined,
		},
		{ folder, userDir: join(folder, userDir), say: (line) => void said.push(line) },
	);

it('saves a picture; says what went wrong where a run fails, and that there is no file of a text', async () => {
	const { nodeRed, run, flow } = await open('ends');
	try {
		expect(await run()).toEqual([expect.stringContaining(join(folder, 'node-red'))]);

		simulator.inject({ name: 'run_failed', error: 'Out of memory' });
		await expect(run()).rejects.toThrow(/ended with the error above/);
		expect(said.join('\n')).toContain('Out of memory');

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
	} finally {
		await nodeRed.stop();
	}
});

it('keeps what was edited over a restart, with the address of the new simulator', async () => {
	const first = await open('kept');
	await first.nodeRed.deploy([...first.flow, { id: 'mine', type: 'tab', label: 'mine' }]);
	await first.nodeRed.stop();
	const second = await open('kept', `${simulator.url}/`);
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
