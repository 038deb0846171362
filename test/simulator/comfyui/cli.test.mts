// The command in front of a ComfyUI.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/expect.mts';
import { launch } from '../support.mts';
import { WORKFLOW } from './rig.mts';
import { StubComfyui } from './stub.mts';

let folder = '';
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'comfyui-cli-'));
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

const started = async (...args: string[]) => {
	const { text, child, ended } = launch('--port', '0', ...args);
	await eventually(() => text.out).toContain('Ctrl-C');
	const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text.out.replace(/^.*ComfyUI.*$/gm, ''))?.[0] ?? '';
	return { text, child, ended, url };
};
const headers = { authorization: 'Bearer simulator-token' };

describe('runcomfy-simulator --comfyui', () => {
	it('runs the workflows of the given files, and says when ComfyUI has ended one', async () => {
		const stub = await new StubComfyui().start();
		const file = save('postcard.json', WORKFLOW.graph);
		const { text, child, ended, url } = await started(
			...['--comfyui', `${stub.url}/`, '--workflow', `${WORKFLOW.id}=${file}`, '--workflow', file],
		);
		expect(text.out).toContain(`runs on ComfyUI at ${stub.url}\n`);
		expect(text.out).toContain(`postcard             ${WORKFLOW.id}`);
		expect(text.out).not.toContain('text-to-image');
		expect(text.out).not.toContain('Warning');
		const path = `${url}/prod/v2/deployments/${WORKFLOW.id}/inference`;
		const response = await fetch(path, { method: 'POST', headers, body: '{"overrides":{}}' });
		const { request_id } = (await response.json()) as { request_id: string };
		stub.succeed({});
		await eventually(() => text.out).toContain(`${request_id} succeeded`);
		child.kill('SIGINT');
		expect(await ended).toBe(0);
		expect(text.err).toBe('');
	});

	it('begins without a workflow, and while ComfyUI is not there yet', async () => {
		const stub = await new StubComfyui().start();
		await stub.stop();
		const { text, url } = await started('--comfyui', stub.url, '--host', '0.0.0.0');
		expect(text.out).toContain(`ComfyUI does not answer at ${stub.url}: start it`);
		expect(text.out).toContain('Warning: the page is open to the network');
		expect(text.out).toContain('anything on your ComfyUI');
		const list = await fetch(`${url}/prod/v2/deployments`, { headers });
		const [{ id }] = (await list.json()) as [{ id: string }];
		expect(text.out).toContain(`plain-picture        ${id}`);
	});

	it('gives a file the same id each time', async () => {
		const file = save('postcard.json', WORKFLOW.graph);
		const ids = await Promise.all(
			[1, 2].map(async () => {
				const args = ['--comfyui', 'http://127.0.0.1:9', '--workflow', file];
				return /postcard +(\S+)/.exec((await started(...args)).text.out)?.[1];
			}),
		);
		expect(ids[0]).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
		expect(ids[1]).toBe(ids[0]);
	});

	it.each([
		['no such file', 'no.json', undefined, 'ENOENT'],
		['no JSON', 'a.json', '{', 'JSON'],
		['a file of the editor', 'b.json', { nodes: [], links: [] }, 'File > Export (API)'],
		['no workflow', 'c.json', { '1': { text: 'x' } }, 'not a workflow in API format'],
		['an empty workflow', 'd.json', {}, 'not a workflow in API format'],
	])('refuses %s', async (_name, name, content, reason) => {
		const file = content === undefined ? join(folder, name) : save(name, content);
		const { ended, text } = launch('--comfyui', 'http://127.0.0.1:9', '--workflow', file);
		expect(await ended).toBe(2);
		expect(text.err).toContain(`--workflow ${file}: `);
		expect(text.err).toContain(reason);
	});

	it.each([
		[['--workflow', 'a.json'], '--workflow needs --comfyui'],
		[['--comfyui', 'localhost:8188'], '--comfyui localhost:8188: must be an origin'],
		[['--comfyui', 'http://127.0.0.1:9', '--latency', '5'], '--latency does not go with --comfyui'],
	])('refuses %j', async (args, reason) => {
		const { ended, text } = launch(...args);
		expect(await ended).toBe(2);
		expect(text.err).toContain(reason);
	});

	it.each([
		['something else', 404, '{}'],
		['another server’s numbers', 200, '{"system":"linux"}'],
	])('refuses %s at the address', async (_name, status, body) => {
		const other = createServer((_request, response) => response.writeHead(status).end(body));
		others.push(other);
		await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
		const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
		const { ended, text } = launch('--port', '0', '--comfyui', url);
		expect(await ended).toBe(1);
		expect(text.err).toContain(`There is no ComfyUI at ${url}`);
	});

	it('refuses a fault that only made-up runs have', async () => {
		const args = ['--comfyui', 'http://127.0.0.1:9', '--fault', 'run_failed'];
		const { ended, text } = launch('--port', '0', ...args);
		expect(await ended).toBe(1);
		expect(text.err).toContain('Fault run_failed does not go with --comfyui');
	});

	it('refuses two workflows with one id', async () => {
		const file = save('postcard.json', WORKFLOW.graph);
		const { ended, text } = launch(
			...['--comfyui', 'http://127.0.0.1:9', '--workflow', file, '--workflow', file],
		);
		expect(await ended).toBe(2);
		expect(text.err).toContain('two have the id');
	});
});
