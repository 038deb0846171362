// Requests that end while a real Node-RED is down: RunComfy repeats its calls until one is answered.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../../scripts/free-port.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { install, RELEASES, startAgain } from '../lib/node-red.mjs';

const SECRET = 'known-to-the-caller';
const TOLD = 'TOLD ';
const COUNT = 3;

const ON_TAB = { z: 'tab', x: 200 };

const flowFor = ({ url, token, deploymentIds }, ownUrl) => [
	{ id: 'tab', type: 'tab', label: 'Called back' },
	{
		id: 'account',
		type: 'runcomfy-config',
		baseUrl: url,
		apiVersion: 'v1',
		credentials: { apiToken: token },
	},
	{ id: 'go', type: 'inject', ...ON_TAB, y: 60, props: [], wires: [['submit']] },
	{
		id: 'submit',
		type: 'runcomfy-submit',
		...ON_TAB,
		y: 120,
		config: 'account',
		deploymentId: deploymentIds.textToImage,
		wires: [[]],
		webhook: `${ownUrl}/runcomfy?secret=${SECRET}`,
		webhookType: 'str',
	},
	{
		id: 'hook',
		type: 'runcomfy-webhook',
		...ON_TAB,
		y: 180,
		config: 'account',
		path: '/runcomfy',
		wires: [['tell']],
		credentials: { secret: SECRET },
	},
	{
		id: 'tell',
		type: 'function',
		...ON_TAB,
		y: 240,
		wires: [],
		func: `node.warn('${TOLD}' + JSON.stringify([msg.requestId, msg.topic, msg.status]));`,
	},
];

for (const release of Object.keys(RELEASES)) {
	void describe(`the webhook node on Node-RED ${release}`, () => {
		const lines = [];
		let dir;
		let simulator;
		let nodeRed;
		let port;
		const start = async () => {
			nodeRed = await startAgain(release, {
				userDir: join(dir, 'user'),
				port,
				log: (line) => lines.push(line),
			});
		};
		before(async () => {
			// RunComfy calls the address that it was given.
			port = await freePort();
			dir = mkdtempSync(join(tmpdir(), 'runcomfy-webhook-'));
			simulator = await startSimulator({ latencyMs: 2_000 });
			await install(release, join(dir, 'user'));
			await start();
			await nodeRed.deploy(flowFor(simulator, nodeRed.url));
		});
		after(async () => {
			await nodeRed?.stop();
			await simulator?.close();
			if (dir) rmSync(dir, { recursive: true, force: true });
		});
		const told = () =>
			lines
				.filter((line) => line.includes(TOLD))
				.map((line) => JSON.parse(line.slice(line.indexOf(TOLD) + TOLD.length)));

		for (const signal of ['SIGTERM', 'SIGKILL']) {
			it(`tells after a ${signal} what has ended meanwhile, once, when RunComfy repeats its calls`, async () => {
				lines.length = 0;
				const before = simulator.jobs.size;
				const mine = () => [...simulator.jobs.values()].slice(before);
				for (let sent = 0; sent < COUNT; sent += 1) {
					await nodeRed.inject('go', [{ p: 'topic', v: `order ${sent}`, vt: 'str' }]);
					await until('it is accepted', () => mine().length > sent);
				}
				// The answers have been written down.
				await new Promise((resolve) => setTimeout(resolve, 500));
				await nodeRed.stop(signal);
				await until('all have ended', () => mine().every(({ finishedAt }) => finishedAt));
				await start();
				await until('all are told', () => told().length >= COUNT);
				await nodeRed.stop();
				await start();
				await new Promise((resolve) => setTimeout(resolve, 3_000));
				const expected = mine().map(({ requestId }, sent) => [
					...[requestId, `order ${sent}`, 'succeeded'],
				]);
				assert.deepEqual(told().sort(), expected.sort());
			});
		}
	});
}
