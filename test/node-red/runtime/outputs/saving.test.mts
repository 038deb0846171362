// Saving files: directories, names, and failing disks.
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as SaveModule from '../../../../node-red/runtime/outputs/saveFile.ts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { useFlows, useUserDir } from '../../support/rig.mts';

const { saveFile } = dist<typeof SaveModule>('node-red/runtime/outputs/saveFile.js');

const start = useFlows();
const kept = useUserDir();
let directory: string;
beforeEach(() => void (directory = kept.userDir));
afterEach(() => void jest.useRealTimers());

describe('the directory, before anything is paid for', () => {
	async function run(given: string, settings = {}) {
		const flow = await start('runcomfy-run', { output: 'saved', directory: given }, { settings });
		flow.ask();
		await flow.ended();
		return flow;
	}

	// In /proc, Node's own recursive mkdir never returns.
	const IMPOSSIBLE = process.platform === 'linux' ? ['/dev/null/x', '/proc/nope', '/proc/a/b'] : [];

	it.each(['file/x', ...IMPOSSIBLE])('is refused without a submit if it is %s', async (name) => {
		writeFileSync(join(directory, 'file'), 'mine');
		const path = resolve(directory, name);
		const { caught, simulator } = await run(path);
		expect(caught[0]?.error).toMatchObject({ code: 'invalid_input' });
		expect(caught[0]?.error?.message).toContain(path);
		expect(simulator.count('submit')).toBe(0);
	});

	it.each([
		[
			'where Node-RED’s file nodes begin',
			() => ({ fileWorkingDirectory: directory, userDir: '/x' }),
		],
		['the user directory', () => ({ userDir: directory })],
	])('counts from %s, is made, and holds nothing else', async (_from, settings) => {
		const { sent } = await run('a/b', settings());
		const path = join(directory, 'a', 'b', 'ComfyUI_00001_.png');
		expect(sent[0]?.payload).toEqual([path]);
		expect(readdirSync(join(directory, 'a', 'b'))).toEqual([basename(path)]);
	});

	it('may begin with an environment variable', async () => {
		process.env['RUNCOMFY_TEST_FILES'] = directory;
		const { sent } = await run('${RUNCOMFY_TEST_FILES}/sub');
		delete process.env['RUNCOMFY_TEST_FILES'];
		expect(sent[0]?.payload).toEqual([join(directory, 'sub', 'ComfyUI_00001_.png')]);
	});

	it('is refused without a submit if a variable in it is not set', async () => {
		const { caught, simulator } = await run('${RUNCOMFY_TEST_UNSET}/sub');
		expect(caught[0]?.error.message).toMatch(/directory .* RUNCOMFY_TEST_UNSET, which is not set/);
		expect(simulator.count('submit')).toBe(0);
	});
});

describe('a saved file', () => {
	async function* bytes(...chunks: Array<string | Uint8Array>) {
		for (const chunk of chunks) yield Buffer.from(chunk);
	}
	async function* broken() {
		yield Buffer.from('half');
		throw new Error('broke off');
	}
	async function* swept() {
		yield Buffer.from('whole');
		await eventually(() => readdirSync(directory)).toHaveLength(1);
		for (const part of readdirSync(directory)) rmSync(join(directory, part));
	}
	const save = (stream: AsyncIterable<Uint8Array>, name = 'a.png') =>
		saveFile(directory, name, stream, new AbortController().signal);

	it('stays in its directory whatever it is called', async () => {
		for (const name of ['../../evil.png', '/etc/evil.png', 'C:\\evil.png', '..', '']) {
			const { value } = await save(bytes('x'), name);
			expect(resolve(value).startsWith(directory)).toBe(true);
		}
		expect(readdirSync(directory).sort()).toEqual(
			['evil.png', 'evil_2.png', 'evil_3.png', 'output', 'output_2'].sort(),
		);
	});

	it('has every byte, and its name only then', async () => {
		const chunks = ['one', '', Buffer.alloc(2_500_000, 'runcomfy'), 'the end'];
		const seen: string[] = [];
		async function* stream() {
			for await (const chunk of bytes(...chunks)) {
				yield chunk;
				seen.push(...readdirSync(directory));
			}
		}
		const saved = await save(stream());
		expect(seen.every((name) => name.endsWith('.part'))).toBe(true);
		const whole = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
		expect(saved).toEqual({ bytes: whole.length, value: join(directory, 'a.png') });
		expect(readFileSync(saved.value).equals(whole)).toBe(true);
		expect(readdirSync(directory)).toEqual(['a.png']);
	});

	it('gets a name that nothing has, not even a link that leads nowhere', async () => {
		writeFileSync(join(directory, 'a.png'), 'mine');
		symlinkSync('nowhere', join(directory, 'a_2.png'));
		const saved = await Promise.all([save(bytes('1')), save(bytes('2'))]);
		expect(saved.map(({ value }) => basename(value)).sort()).toEqual(['a_3.png', 'a_4.png']);
		expect(readFileSync(join(directory, 'a.png'), 'utf8')).toBe('mine');
	});

	it.each([
		['is empty', () => bytes(), undefined],
		['breaks off', broken, 'broke off'],
		['is taken away by another program before it is complete', swept, 'ENOENT'],
	])('leaves nothing behind when it %s', async (_case, stream, error) => {
		const saved = save(stream());
		if (error === undefined) expect(await saved).toMatchObject({ bytes: 0 });
		else await expect(saved).rejects.toThrow(error);
		expect(readdirSync(directory)).toEqual([]);
	});
});

function failure(code: string): Error {
	return Object.assign(new Error(`${code}: as a disk says it`), { code });
}

describe('a run whose disk fails after the submit', () => {
	it('ends with an error that names the directory, and keeps the request', async () => {
		const flow = await start('runcomfy-run', { output: 'saved', directory });
		const file = await fs.open(join(directory, 'file'), 'w');
		await file.close();
		const every = Object.getPrototypeOf(file) as fs.FileHandle;
		jest.spyOn(every, 'write').mockRejectedValue(failure('ENOSPC'));
		jest.spyOn(every, 'writev').mockRejectedValue(failure('ENOSPC'));
		flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed });
		await flow.ended();
		const [requestId] = flow.simulator.jobs.keys();
		expect(flow.caught).toMatchObject([
			{
				requestId,
				status: 'succeeded',
				error: {
					code: 'output_unavailable',
					message: expect.stringContaining(`${directory}: ENOSPC`),
					cause: {
						requestId,
						retryable: false,
						hint: expect.stringMatching(/free space.*fetch the result again by its request id/),
					},
				},
			},
		]);
		expect(readdirSync(directory)).toEqual(['file']);
	});
});
