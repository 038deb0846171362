// `npm run drift` compares a service's answers with the simulator's, and reports differences.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { start } from '../../scripts/process.mjs';
import { loadSimulator, root } from '../../scripts/root.mjs';

type Simulator = Awaited<ReturnType<ReturnType<typeof loadSimulator>['createSimulator']>>;
type Alter = (path: string, body: unknown) => unknown;

let simulator: Simulator;
let alter: Alter;
const service = createServer((request, response) => {
	void (async () => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { method = '', url = '', headers } = request;
		const reply = await fetch(simulator.url + url, {
			method,
			headers: { authorization: String(headers.authorization), 'content-type': 'application/json' },
			...(method === 'POST' && { body: Buffer.concat(chunks) }),
		});
		response.statusCode = reply.status;
		response.end(JSON.stringify(alter(url, await reply.json())));
	})();
});

beforeEach(async () => {
	simulator = await loadSimulator().createSimulator({ latencyMs: 0 });
	service.listen(0, '127.0.0.1');
	await once(service, 'listening');
});
afterEach(async () => {
	service.closeAllConnections();
	service.close();
	await once(service, 'close');
	await simulator.close();
});

/** Runs the command on a service that gives the simulator's answers, altered by `change`. */
async function drift(change: Alter, ...args: string[]) {
	alter = change;
	const { port } = service.address() as AddressInfo;
	const script = join(root, 'scripts/drift.mjs');
	const address = ['--base-url', `http://127.0.0.1:${port}`];
	const env = { ...process.env, RUNCOMFY_API_TOKEN: simulator.token };
	const command = start(process.execPath, [script, ...address, ...args], { env });
	const code = await command.ended;
	await command.closed;
	return { code, lines: command.lines };
}

const same: Alter = (_path, body) => body;

it('finds nothing where nothing differs, and submits nothing', async () => {
	const { code, lines } = await drift(same);
	expect(lines.filter((line) => line.startsWith('  '))).toEqual([]);
	expect([code, lines.at(-1)]).toEqual([0, '12 of 12 are the same.']);
	expect(simulator.jobs.size).toBe(0);
});

it('says what one altered answer has, lacks and changes', async () => {
	const { code, lines } = await drift((path, body) =>
		path === '/prod/v2/deployments'
			? (body as Array<Record<string, unknown>>).map(({ is_enabled: _gone, ...rest }) => ({
					...rest,
					min_instances: 'none',
					region: 'eu',
				}))
			: body,
	);
	const at = lines.indexOf('deployments: differs');
	expect(lines.slice(at + 1, at + 4)).toEqual([
		'  body[].region: new (string)',
		expect.stringMatching(/^ {2}body\[\]\.is_enabled: missing in (\d+) of \1$/),
		'  body[].min_instances: string (recorded: number)',
	]);
	expect([code, lines.at(-1)]).toEqual([1, '11 of 12 are the same.']);
});

it.each([
	['model', 'blackforestlabs/flux-2/flash/text-to-image'],
	['deployment', ''],
])('submits one run of a %s if it is asked to, and compares its result', async (_what, id) => {
	const run = id || simulator.deploymentIds.mixed;
	const { code, lines } = await drift(
		(path, body) => (path.includes('/result') ? { ...(body as object), took_ms: 5 } : body),
		'--run',
		run,
	);
	expect(simulator.jobs.size).toBe(1);
	const [requestId] = simulator.jobs.keys();
	expect(lines[0]).toBe(`Submitted ${requestId}: a run is paid for.`);
	const at = lines.indexOf('result of the run: differs');
	expect(lines[at + 1]).toBe('  body.took_ms: new (number)');
	expect(code).toBe(1);
});

it('without a token says how to give it one', async () => {
	const script = join(root, 'scripts/drift.mjs');
	const env = { ...process.env, RUNCOMFY_API_TOKEN: '' };
	const command = start(process.execPath, [script], { env });
	expect(await command.ended).toBe(2);
	await command.closed;
	expect(command.lines[0]).toContain('RUNCOMFY_API_TOKEN=');
});
