// Ctrl-C while `npm start` runs the workflow in n8n.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { runInN8n } from '../../scripts/demo/n8n.mjs';
import { loadSimulator } from '../../scripts/dist.mjs';
import { waitUntil } from '../support/expect.mts';

it('cancels the paid request and says so', async () => {
	const simulator = await loadSimulator().createSimulator({ latencyMs: 3_600_000 });
	const folder = mkdtempSync(join(tmpdir(), 'runcomfy-demo-'));
	const stop = new AbortController();
	const { url, token } = simulator;
	const run = runInN8n(
		{
			real: true,
			url,
			token,
			deploymentId: simulator.deploymentIds.textToImage,
			close: async () => undefined,
		},
		{ folder, signal: stop.signal, say: () => undefined },
	).catch((error: unknown) => error);
	await waitUntil(() => simulator.count('status') > 0);
	stop.abort();
	const [job] = simulator.jobs.values();
	expect(String(await run)).toContain(`request ${job?.requestId} was canceled at RunComfy`);
	expect(job?.state).toBe('canceled');
	await simulator.close();
	rmSync(folder, { recursive: true, force: true });
});
