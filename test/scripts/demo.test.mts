// `npm start`, as far as it can be tried without a build: what it refuses, and how it says so.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLog, pointTo } from '../../scripts/demo/node-red.mjs';
import { explain, readN8nOptions, readOptions, UserError } from '../../scripts/demo/options.mjs';
import {
	nextFreePort,
	refuseHalf,
	refuseTakenPort,
	takeFolder,
} from '../../scripts/demo/service.mjs';
import { whatWasStopped } from '../../scripts/demo/stop.mjs';

let work: string;
beforeEach(() => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-demo-'));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

describe('the options', () => {
	it('are these without any', () => {
		expect(readOptions([])).toEqual({ help: false, once: false, both: false });
		expect(readOptions(['--port=1990'])).toMatchObject({ port: 1990 });
	});

	it.each([['abc'], ['0'], ['65536'], ['18 80'], ['-1'], ['']])('refuse the port "%s"', (port) => {
		const read = () => readOptions([`--port=${port}`]);
		expect(read).toThrow(UserError);
		expect(read).toThrow(/not a port/);
		expect(read).toThrow(
			expect.objectContaining({ hint: expect.stringContaining('npm start -- --port 1881') }),
		);
	});

	it('of the n8n that is kept open name its own command', () => {
		expect(readN8nOptions([])).toEqual({ help: false, port: 5678 });
		const told = (argument: string) => {
			try {
				return readN8nOptions([argument]);
			} catch (error) {
				return explain(error).join('\n');
			}
		};
		expect(told('--prot=1')).toContain('npm run start:n8n -- --help');
		expect(told('--port=x')).toContain('npm run start:n8n -- --port 5679');
	});

	it.each([['--prot=1'], ['extra'], ['--once=yes']])('refuse %s and name the help', (argument) => {
		try {
			readOptions([argument]);
		} catch (error) {
			expect(explain(error).join('\n')).toContain('--help');
			expect(explain(error).join('\n')).not.toContain('    at ');
			return;
		}
		throw new Error('was taken');
	});
});

describe('an error', () => {
	it('of the service is its message and its hint', () => {
		const said = { message: 'The API token was not accepted', description: 'Open the credential' };
		for (const error of [said, Object.assign(new Error(said.message), said)]) {
			expect(explain(error)).toEqual([said.message, said.description]);
		}
	});

	it.each(['EACCES', 'EPERM', 'EROFS', 'ENOSPC'])('of the disk (%s) names the place', (code) => {
		const error = Object.assign(new Error(`${code}: x`), { code, path: '/somewhere/output' });
		expect(explain(error)).toEqual([expect.stringMatching(/^Cannot write \/somewhere\/output: /)]);
	});

	it('that nobody knows keeps its stack for those who ask', () => {
		const error = new TypeError('x is not a function');
		expect(explain(error)).toEqual(['x is not a function', expect.stringContaining('DEBUG=1')]);
		expect(explain(error, { debug: true }).join('\n')).toContain('    at ');
	});
});

describe('the folder', () => {
	it('is one demo’s at a time', async () => {
		const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
		mkdirSync(join(work, 'start'));
		writeFileSync(join(work, 'start', 'lock'), String(other.pid));
		writeFileSync(join(work, 'start', 'picture.png'), '');
		expect(() => takeFolder(join(work, 'start'), [])).toThrow(`process ${other.pid}`);
		expect(existsSync(join(work, 'start', 'picture.png'))).toBe(true);

		other.kill();
		await once(other, 'exit');
		const giveBack = takeFolder(join(work, 'start'), []);
		expect(readdirSync(join(work, 'start'))).toEqual(['lock']);
		giveBack();
		expect(readdirSync(join(work, 'start'))).toEqual([]);
	});

	it('keeps what was edited', () => {
		mkdirSync(join(work, 'start', 'user'), { recursive: true });
		takeFolder(join(work, 'start'), ['user'])();
		expect(readdirSync(join(work, 'start'))).toEqual(['user']);
	});
});

describe('the port', () => {
	it('of another program is refused, with another one to take', async () => {
		const server = createServer().listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const refused = refuseTakenPort(port).catch((error: unknown) => error);
		expect(explain(await refused)).toEqual([
			expect.stringContaining(`Port ${port} is in use`),
			expect.stringContaining(`--port ${port + 1}`),
		]);
		expect(await nextFreePort(port)).toBeGreaterThan(port);
		server.close();
		await once(server, 'close');
		await refuseTakenPort(port);
		expect(await nextFreePort(port)).toBe(port);
	});

	it('of a Node-RED that is not ours gets no flow and no token', async () => {
		const asked: string[] = [];
		const standIn = createServer((request, response) => {
			asked.push(`${request.method} ${request.url}`);
			response.end('[]');
		}).listen(0, '127.0.0.1');
		await once(standIn, 'listening');
		const { port } = standIn.address() as AddressInfo;
		const script = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));
		const child = spawn(process.execPath, [script, '--port', String(port)], {
			env: { ...process.env, RUNCOMFY_API_TOKEN: 'secret', RUNCOMFY_DEPLOYMENT_ID: 'deployment' },
		});
		let printed = '';
		child.stderr.setEncoding('utf8').on('data', (text) => (printed += text));
		expect(await once(child, 'close')).toEqual([1, null]);
		expect(printed).toMatch(/in use.*\n.*--port/);
		expect(printed).not.toContain('    at ');
		expect(asked).toEqual([]);
		standIn.close();
	});
});

describe('the variables of RunComfy itself', () => {
	it('are refused if only one of the two is set', () => {
		expect(() => refuseHalf({ RUNCOMFY_API_TOKEN: 'x' })).toThrow(/RUNCOMFY_DEPLOYMENT_ID is not/);
		expect(() => refuseHalf({ RUNCOMFY_DEPLOYMENT_ID: 'x' })).toThrow(/RUNCOMFY_API_TOKEN is not/);
		refuseHalf({});
		refuseHalf({ RUNCOMFY_API_TOKEN: 'x', RUNCOMFY_DEPLOYMENT_ID: 'y' });
	});
});

describe('a stopped run', () => {
	it.each([
		[[], 0, /Nothing was sent/],
		[[], 1, /look on RunComfy’s page/],
		[[['id-1', 'canceled']], 1, /id-1 was canceled/],
		[[['id-1', 'under way']], 1, /id-1 had ended, or goes on/],
	] as const)('%j after %d submits', (states, submits, said) => {
		expect(whatWasStopped(new Map(states), submits)).toMatch(said);
	});
});

describe('Node-RED’s log', () => {
	it('shows a message of a debug node to its end, and no more', () => {
		const say = jest.fn();
		const log = createLog(say);
		for (const line of [
			'25 Nov 21:00:00 - [info] Started flows',
			'25 Nov 21:00:01 - [info] [debug:error] ',
			"{ message: 'No funds',",
			"  code: 'insufficient_funds' }",
			'25 Nov 21:00:02 - [info] Stopped flows',
			'more of it',
		]) {
			log.take(line);
		}
		expect(say.mock.calls.flat().map((text) => String(text).trim())).toEqual([
			expect.stringContaining('[debug:error]'),
			expect.stringContaining('No funds'),
			expect.stringContaining('insufficient_funds'),
		]);
		expect(log.has('[debug:error]')).toBe(true);
	});
});

it('points the example’s account to the service of this start, and no other account', () => {
	const flow = [
		{
			id: 'runcomfy_account',
			type: 'runcomfy-config',
			baseUrl: 'http://127.0.0.1:1',
			name: 'mine',
		},
		{ id: 'second', type: 'runcomfy-config', baseUrl: 'https://api.runcomfy.net' },
	];
	const service = { url: 'http://127.0.0.1:2' } as Parameters<typeof pointTo>[1];
	expect(pointTo(flow, service)).toEqual([
		{ ...flow[0], baseUrl: service.url, credentials: { apiToken: '${RUNCOMFY_API_TOKEN}' } },
		flow[1],
	]);
});
