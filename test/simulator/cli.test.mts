// The command: what it prints, what it takes, and what it refuses.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { CLI, DEPLOYMENT_IDS, FAULT_TABLE, launch, launchWith, MODEL_IDS } from './support.mts';

describe('runcomfy-simulator', () => {
	it('prints address, token, deployments and job events, and ends on Ctrl-C', async () => {
		const { child, text, ended } = launch(
			...['--port', '0', '--latency', '1', '--fault', 'reset@balance'],
		);
		await eventually(() => text.out).toContain('Ctrl-C');
		const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text.out)?.[0] ?? '';
		expect(text.out).toContain(`on ${url} (open it in a browser`);
		expect(text.out).toContain('token simulator-token');
		for (const id of Object.values({ ...DEPLOYMENT_IDS, ...MODEL_IDS })) {
			expect(text.out).toContain(id);
		}
		const headers = { authorization: 'Bearer simulator-token' };
		await expect(fetch(`${url}/prod/v2/balance`, { headers })).rejects.toThrow();
		const path = `/prod/v2/deployments/${DEPLOYMENT_IDS.textToImage}/inference`;
		const response = await fetch(url + path, { method: 'POST', headers, body: '{"overrides":{}}' });
		const { request_id } = (await response.json()) as { request_id: string };
		await eventually(() => text.out).toContain(`${request_id} succeeded`);
		child.kill('SIGINT');
		expect(await ended).toBe(0);
		expect(text.err).toBe('');
	});

	it.each([
		['0.0.0.0', true],
		['localhost', false],
	])('on %s warns that others can reach it: %p', async (host, warns) => {
		const { text } = launch('--port', '0', '--host', host);
		await eventually(() => text.out).toContain('Ctrl-C');
		expect(text.out.includes('Warning: the page is open to the network')).toBe(warns);
	});

	it.each([
		[['--port', 'abc'], '--port abc: must be a whole number'],
		[['--latency', '-5'], 'latency'],
		[['--fault', 'nope'], 'Unknown fault "nope". Known: rate_limited, '],
		[['--fault', 'reset@'], 'must be name[@route]'],
		[['--fault', 'reset?ms=3'], 'Unknown parameter "ms"'],
		[['--public-url', 'host'], '--public-url host'],
		[['--storage-port', '99999'], '--storage-port 99999: must be a whole number, 0 to 65535'],
		[['--wat'], '--wat'],
	])('refuses %j with a reason and exit code 2', async (args, reason) => {
		const { text, ended } = launch(...args);
		expect(await ended).toBe(2);
		expect(text.err).toContain(reason);
		expect(text.err).toContain('--help');
		expect(text.err).not.toContain('    at ');
		expect(text.out).toBe('');
	});

	it('takes faults with parameters', async () => {
		const { child, text, ended } = launch(
			...['--port', '0', '--latency', '60000', '--fault', 'cancel_family'],
			...['--fault', 'forbidden_message@balance:always?message=not+today'],
			...['--fault', 'reset@submit?deployment_id=audio&after=3'],
		);
		await eventually(() => text.out).toContain('Ctrl-C');
		const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text.out)?.[0] ?? '';
		const headers = { authorization: 'Bearer simulator-token' };
		const json = async (path: string, init: RequestInit = {}) =>
			(await (await fetch(url + path, { headers, ...init })).json()) as Record<string, unknown>;
		expect(await json('/prod/v2/balance')).toEqual({ message: 'not today' });
		const deployment = `/prod/v2/deployments/${DEPLOYMENT_IDS.textToImage}`;
		const { request_id: id } = await json(`${deployment}/inference`, {
			method: 'POST',
			body: '{"overrides":{}}',
		});
		const answer = await json(`${deployment}/requests/${String(id)}/cancel`, { method: 'POST' });
		expect(answer).toMatchObject({ status: 'completed', outcome: 'cancelled' });
		child.kill('SIGTERM');
		expect(await ended).toBe(0);
	});

	it('names another port if the port is taken', async () => {
		const first = launch('--port', '0');
		await eventually(() => first.text.out).toContain('Ctrl-C');
		const port = /:(\d+)/.exec(first.text.out)?.[1] ?? '';
		const taken = (option: string) =>
			`runcomfy-simulator: Port ${port} is in use. Choose another one: ${option} ${Number(port) + 1}\nTry --help.\n`;
		const second = launch('--port', port);
		expect(await second.ended).toBe(2);
		expect(second.text).toEqual({ out: '', err: taken('--port') });
		const third = launch('--port', '0', '--storage-port', port);
		expect(await third.ended).toBe(2);
		expect(third.text).toEqual({ out: '', err: taken('--storage-port') });
		const byNpm = launchWith({ npm_lifecycle_event: 'simulator' }, '--port', port);
		await byNpm.ended;
		expect(byNpm.text.err).toBe(taken('npm run simulator -- --port'));
		first.child.kill('SIGTERM');
		expect(await first.ended).toBe(0);
	});

	it('lists its options and its faults', async () => {
		const help = launch('--help');
		expect(await help.ended).toBe(0);
		expect(help.text.out).toContain('--cold-start <ms>');
		const faults = launch('--faults');
		expect(await faults.ended).toBe(0);
		for (const name of Object.keys(FAULT_TABLE)) expect(faults.text.out).toContain(name);
	});
});

it.each(['18.20.0', '20.18.1', '16.0.0'])('says that Node.js %s is too old', (version) => {
	const script = `
		const versions = { ...process.versions, node: '${version}' };
		Object.defineProperty(process, 'versions', { value: versions });
		require(${JSON.stringify(CLI)});`;
	const options = { encoding: 'utf8', timeout: 20_000 } as const;
	const { status, stderr } = spawnSync(process.execPath, ['-e', script], options);
	expect(status).toBe(1);
	expect(stderr).toContain(`needs Node.js 20.19.0 or newer; this is ${version}`);
	expect(stderr).not.toContain('    at ');
});
