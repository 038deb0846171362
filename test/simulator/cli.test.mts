// The command: its output, options and errors, alone and in front of a ComfyUI.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { StubComfyui, WORKFLOW } from './comfyui/rig.mts';
import { DEPLOYMENT_IDS, launch, launchWith, MODEL_IDS } from './support.mts';

const headers = { authorization: 'Bearer runcomfy-simulator-token' };
const COMFYUI = ['--comfyui', 'http://127.0.0.1:9'];

async function started(...args: string[]) {
	const { text, child, ended } = launch('--port', '0', ...args);
	await eventually(() => text.out).toContain('Ctrl-C');
	const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text.out.replace(/^.*ComfyUI.*$/gm, ''))?.[0] ?? '';
	const call = async (path: string, body?: object) => {
		const sent = body && { method: 'POST', body: JSON.stringify(body) };
		const response = await fetch(url + path, { headers, ...sent });
		return (await response.json()) as Record<string, unknown>;
	};
	return { text, child, ended, url, call };
}

const submitPath = (id: string) => `/prod/v2/deployments/${id}/inference`;

let folder = '';
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'simulator-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function save(name: string, content: unknown): string {
	const file = join(folder, name);
	writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	return file;
}

const others: Server[] = [];
afterEach(() => {
	for (const other of others.splice(0)) other.close();
});

describe('runcomfy-simulator', () => {
	it('prints address, token, deployments and job events, and ends on Ctrl-C', async () => {
		const { child, text, ended, url, call } = await started(
			...['--latency', '1', '--fault', '{"name":"reset","on":"balance"}'],
		);
		expect(text.out).toContain(`on ${url} (open it in a browser`);
		expect(text.out).toContain('token runcomfy-simulator-token');
		for (const id of Object.values({ ...DEPLOYMENT_IDS, ...MODEL_IDS })) {
			expect(text.out).toContain(id);
		}
		await expect(call('/prod/v2/balance')).rejects.toThrow();
		const { request_id } = await call(submitPath(DEPLOYMENT_IDS.textToImage), { overrides: {} });
		await eventually(() => text.out).toContain(`${String(request_id)} succeeded`);
		child.kill('SIGINT');
		expect(await ended).toBe(0);
		expect(text.err).toBe('');
	});

	it('takes faults with parameters', async () => {
		const { child, ended, call } = await started(
			...['--latency', '60000', '--fault', 'cancel_family'],
			...[
				'--fault',
				'{"name":"answer","on":"balance","status":403,"body":{"message":"not today"}}',
			],
			...['--fault', '{"name":"answer","on":"submit","after":1,"status":402,"body":{}}'],
		);
		expect(await call('/prod/v2/balance')).toEqual({ message: 'not today' });
		const path = submitPath(DEPLOYMENT_IDS.textToImage);
		const { request_id: id } = await call(path, { overrides: {} });
		expect(await call(path, { overrides: {} })).toEqual({});
		const answer = await call(path.replace('inference', `requests/${String(id)}/cancel`), {});
		expect(answer).toMatchObject({ status: 'completed', outcome: 'cancelled' });
		child.kill('SIGTERM');
		expect(await ended).toBe(0);
	});

	it('names another port if the port is taken', async () => {
		const first = await started();
		const { port } = new URL(first.url);
		const taken = (option: string) =>
			`runcomfy-simulator: Port ${port} is in use. Choose another one: ${option} ${Number(port) + 1}\nTry --help.\n`;
		const second = launch('--port', port);
		expect(await second.ended).toBe(2);
		expect(second.text).toEqual({ out: '', err: taken('--port') });
		const byNpm = launchWith({ npm_lifecycle_event: 'simulator' }, '--port', port);
		await byNpm.ended;
		expect(byNpm.text.err).toBe(taken('npm run simulator -- --port'));
	});

	it('lists its options', async () => {
		const help = launch('--help');
		expect(await help.ended).toBe(0);
		expect(help.text.out).toContain('--cold-start <ms>');
	});
});

describe('runcomfy-simulator --comfyui', () => {
	it('runs the workflows of the given files, and says when ComfyUI has ended one', async () => {
		const stub = await new StubComfyui().start();
		const file = save('postcard.json', WORKFLOW.graph);
		const { text, call } = await started(
			...['--comfyui', `${stub.url}/`, '--workflow', `${WORKFLOW.id}=${file}`, '--workflow', file],
		);
		expect(text.out).toContain(`runs on ComfyUI at ${stub.url}\n`);
		expect(text.out).toContain(`postcard             ${WORKFLOW.id}`);
		// The id of the file without one is the same each time.
		expect(text.out).toContain('postcard             22f0b24b-528b-4902-8e75-69301510433b');
		expect(text.out).not.toContain('text-to-image');
		expect(text.out).not.toContain('Warning');
		const { request_id } = await call(submitPath(WORKFLOW.id), { overrides: {} });
		stub.succeed({});
		await eventually(() => text.out).toContain(`${String(request_id)} succeeded`);
		expect(text.err).toBe('');
	});

	it('begins without a workflow, and while ComfyUI is not there yet', async () => {
		const stub = await new StubComfyui().start();
		await stub.stop();
		const { text, call } = await started('--comfyui', stub.url, '--host', '0.0.0.0');
		expect(text.out).toContain(`ComfyUI does not answer at ${stub.url}: start it`);
		expect(text.out).toContain('Warning: it is open to the network');
		expect(text.out).toContain('anything on your ComfyUI');
		const [deployment] = (await call('/prod/v2/deployments')) as unknown as [{ id: string }];
		expect(text.out).toContain(`plain-picture        ${deployment.id}`);
	});

	it.each([
		['something else', 404, '{}'],
		['another server’s numbers', 200, '{"system":"linux"}'],
		['a login', 401, '', 'asks for a login'],
		['a server that fails', 500, '500 Internal Server Error', 'see its log'],
	])('refuses %s at the address', async (_name, status, body, why = 'There is no ComfyUI at') => {
		const other = createServer((_request, response) => response.writeHead(status).end(body));
		others.push(other);
		await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
		const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
		const { ended, text } = launch('--port', '0', '--comfyui', url);
		expect(await ended).toBe(1);
		expect(text.err).toContain(why);
		expect(text.err).toContain(url);
		expect(text.err).toContain(`HTTP ${status}`);
	});
});

describe('what cannot be understood is refused', () => {
	it.each([
		[['--port', 'abc'], '--port abc: must be a whole number'],
		[['--latency', '-5'], 'latency'],
		[['--fault', 'nope'], 'Unknown fault "nope". Known: answer, '],
		[['--fault', '{'], '--fault {: it is not JSON'],
		[['--fault', '{"name":"reset","ms":3}'], 'Unknown parameter "ms"'],
		[['--public-url', 'host'], '--public-url host'],
		[['--wat'], '--wat'],
		[['--workflow', 'a.json'], '--workflow needs --comfyui'],
		[['--comfyui', 'localhost:8188'], '--comfyui localhost:8188: must be an origin'],
		[[...COMFYUI, '--latency', '5'], '--latency does not go with --comfyui'],
	])('%j', async (args, reason) => {
		const { text, ended } = launch(...args);
		expect(await ended).toBe(2);
		expect(text.err).toContain(reason);
		expect(text.err).toContain('--help');
		expect(text.err).not.toContain('    at ');
		expect(text.out).toBe('');
	});

	it.each([
		['no such file', 'no.json', undefined, 'there is no such file.'],
		['no JSON', 'a.json', '{', 'it is not JSON ('],
		[
			'a file of the editor',
			'b.json',
			{ nodes: [], links: [] },
			'Save it with Workflow > Export (API)',
		],
		['no workflow', 'c.json', { '1': { text: 'x' } }, 'not a workflow in API format'],
		['an empty workflow', 'd.json', {}, 'not a workflow in API format'],
	])('%s', async (_name, name, content, reason) => {
		const file = content === undefined ? join(folder, name) : save(name, content);
		const { ended, text } = launch(...COMFYUI, '--workflow', file);
		expect(await ended).toBe(2);
		expect(text.err).toContain(`--workflow ${file}: `);
		expect(text.err).toContain(reason);
	});

	it('a fault that only made-up runs have', async () => {
		const { ended, text } = launch('--port', '0', ...COMFYUI, '--fault', 'run_failed');
		expect(await ended).toBe(2);
		expect(text.err).toContain('Fault run_failed does not go with --comfyui');
	});
});
