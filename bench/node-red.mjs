// runcomfy-run in a real Node-RED: how long many messages take beside one, and how far the memory of
// the Node-RED process grows with a large output saved to a directory.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNodeRed } from '../scripts/hosts/node-red.mjs';
import { BIG_BYTES, MB, RUN_MS, SLOTS } from './load.mjs';
import { startSimulator } from './simulator.mjs';

/** @returns {Promise<import('./report.mjs').Figure[]>} */
export async function nodeRed() {
	const { one, ten } = await withFlow({ latencyMs: RUN_MS, maxInstances: SLOTS }, async (flow) => ({
		one: await flow.timed(1),
		ten: await flow.timed(SLOTS),
	}));
	const { grown, bytes } = await withFlow({ latencyMs: 100 }, async (flow) => {
		await flow.timed(1);
		flow.update({ outputBytes: BIG_BYTES });
		const before = flow.rss();
		let most = before;
		const timer = setInterval(() => (most = Math.max(most, flow.rss())), 50);
		await flow.timed(1);
		clearInterval(timer);
		return {
			grown: most - before,
			bytes: Math.max(...flow.files().map((file) => statSync(file).size)),
		};
	});
	return [
		{ name: 'one message', value: one / 1000, unit: 's' },
		{ name: `${SLOTS} messages on ${SLOTS} free slots`, value: ten / 1000, unit: 's' },
		{ name: `${SLOTS} messages, times one message`, value: ten / one, unit: '×', most: 1.3 },
		{
			name: `memory growth with an output of ${Math.round(bytes / MB)} MiB`,
			value: grown / MB,
			unit: 'MiB',
			most: 64,
		},
	];
}

async function withFlow(options, work) {
	const simulator = await startSimulator(options);
	const dir = mkdtempSync(join(tmpdir(), 'runcomfy-bench-node-red-'));
	const saved = join(dir, 'saved');
	const files = () => {
		try {
			return readdirSync(saved)
				.filter((name) => !name.startsWith('.'))
				.map((name) => join(saved, name));
		} catch {
			return [];
		}
	};
	const host = await startNodeRed({ userDir: join(dir, 'user') });
	try {
		await host.deploy(flow(simulator, saved));
		return await work({
			files,
			update: simulator.update,
			rss: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(host.pid)])) * 1024,
			async timed(count) {
				const before = files().length;
				const began = performance.now();
				await host.inject(`inject${count}`);
				while (files().length < before + count) {
					if (performance.now() - began > 120_000) throw new Error('Node-RED saved too few files');
					await new Promise((resolve) => setTimeout(resolve, 20));
				}
				return performance.now() - began;
			},
		});
	} finally {
		await host.stop();
		simulator.stop();
		rmSync(dir, { recursive: true, force: true });
	}
}

function flow({ url, token, deploymentIds }, directory) {
	// A node without a place is taken for a config node.
	const place = { z: 'tab', x: 100, y: 100 };
	const inject = (count) => [
		{
			id: `inject${count}`,
			type: 'inject',
			...place,
			props: [{ p: 'payload', v: JSON.stringify(Array(count).fill({})), vt: 'json' }],
			repeat: '',
			crontab: '',
			once: false,
			wires: [['split']],
		},
	];
	return [
		{ id: 'tab', type: 'tab', label: 'bench' },
		{
			id: 'account',
			type: 'runcomfy-config',
			name: '',
			baseUrl: url,
			apiVersion: 'v1',
			concurrency: SLOTS,
			credentials: { apiToken: token },
		},
		...inject(1),
		...inject(SLOTS),
		{
			id: 'split',
			type: 'split',
			...place,
			splt: '\\n',
			spltType: 'str',
			arraySplt: 1,
			arraySpltType: 'len',
			stream: false,
			addname: '',
			wires: [['run']],
		},
		{
			id: 'run',
			type: 'runcomfy-run',
			...place,
			schemaVersion: 1,
			config: 'account',
			deploymentId: deploymentIds.textToImage,
			deploymentIdType: 'str',
			overrides: '{}',
			overridesType: 'json',
			workflow: '',
			workflowType: 'json',
			extraData: '',
			extraDataType: 'json',
			output: 'saved',
			directory,
			directoryType: 'str',
			maxFileSize: '0',
			maxFileSizeType: 'num',
			outputNodes: '',
			outputNodesType: 'str',
			includeTemp: false,
			timeout: '0',
			timeoutType: 'num',
			cancelOnTimeout: false,
			wires: [[]],
		},
	];
}
