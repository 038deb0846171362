// Small parts on their own: the limiter, names of files, errors.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type * as LimiterModule from '../../node-red/runtime/account/limiter.cts';
import type * as ErrorsModule from '../../node-red/runtime/errors.cts';
import type * as SaveModule from '../../node-red/runtime/outputs/saveFile.cts';
import { eventually } from '../support/expect.mts';
import { dist } from './support/dist.mts';
import { turns } from './support/flow.mts';

const { createLimiter } = dist<typeof LimiterModule>('node-red/runtime/account/limiter.cjs');
const { saveFile, resolveDirectory } = dist<typeof SaveModule>(
	'node-red/runtime/outputs/saveFile.cjs',
);
const { toNodeError } = dist<typeof ErrorsModule>('node-red/runtime/errors.cjs');

afterEach(() => void jest.useRealTimers());

const never = () => new Promise<never>(() => undefined);

describe('limiter', () => {
	const idle = () => ({ signal: new AbortController().signal, onWait: jest.fn() });

	it('takes turns in order of arrival', async () => {
		const limiter = createLimiter();
		limiter.setLimit('a', 1);
		const order: string[] = [];
		const work = (name: string) =>
			limiter.run(async () => {
				order.push(`${name} begins`);
				await turns(2);
				order.push(`${name} ends`);
			}, idle());
		await Promise.all(['x', 'y', 'z'].map(work));
		expect(order).toEqual(['x', 'y', 'z'].flatMap((name) => [`${name} begins`, `${name} ends`]));
	});

	it('tells whether work waits for room', async () => {
		const limiter = createLimiter();
		limiter.setLimit('a', 1);
		void limiter.run(never, idle());
		expect(limiter.isFull()).toBe(false);
		void limiter.run(never, idle());
		expect(limiter.isFull()).toBe(true);
	});

	it('gives the place free when work fails', async () => {
		const limiter = createLimiter();
		limiter.setLimit('a', 1);
		await expect(limiter.run(() => Promise.reject(new Error('x')), idle())).rejects.toThrow('x');
		await expect(limiter.run(() => Promise.resolve(7), idle())).resolves.toBe(7);
	});

	it('lets go of whoever is aborted while waiting, and tells who has to wait', async () => {
		const limiter = createLimiter();
		limiter.setLimit('a', 1);
		const first = idle();
		void limiter.run(never, first);
		const abort = new AbortController();
		const onWait = jest.fn();
		const waiting = limiter.run(() => Promise.resolve(), { signal: abort.signal, onWait });
		abort.abort(new Error('stopped'));
		await expect(waiting).rejects.toThrow('stopped');
		expect(onWait).toHaveBeenCalledTimes(1);
		expect(first.onWait).not.toHaveBeenCalled();
	});

	it('follows the smallest limit, and lets more in when that goes', async () => {
		const limiter = createLimiter();
		limiter.setLimit('a', 3);
		limiter.setLimit('b', 1);
		let begun = 0;
		for (let job = 0; job < 5; job += 1) {
			void limiter.run(() => {
				begun += 1;
				return never();
			}, idle());
		}
		await turns(2);
		expect(begun).toBe(1);
		limiter.dropLimit('b');
		await turns(2);
		expect(begun).toBe(3);
	});

	it('keeps the last limit between a deploy’s drop of an account and its successor', async () => {
		const limiter = createLimiter();
		limiter.setLimit('old', 1);
		let begun = 0;
		for (let job = 0; job < 3; job += 1) {
			void limiter.run(() => {
				begun += 1;
				return never();
			}, idle());
		}
		limiter.dropLimit('old');
		await turns(2);
		expect(begun).toBe(1);
		limiter.setLimit('new', 2);
		await turns(2);
		expect(begun).toBe(2);
	});
});

describe('saved files', () => {
	const directory = mkdtempSync(join(tmpdir(), 'runcomfy-save-'));
	afterEach(() => rmSync(directory, { recursive: true, force: true }));

	async function* bytes(...chunks: string[]) {
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

	it('stay in their directory whatever they are called', async () => {
		for (const name of ['../../evil.png', '/etc/evil.png', 'C:\\evil.png', '..', '']) {
			const { value } = await saveFile(directory, name, bytes('x'));
			expect(resolve(value).startsWith(directory)).toBe(true);
		}
		expect(readdirSync(directory).sort()).toEqual(
			['evil.png', 'evil_2.png', 'evil_3.png', 'output', 'output_2'].sort(),
		);
	});

	it('leave nothing behind when they are empty or break off', async () => {
		expect(await saveFile(directory, 'a.png', bytes())).toMatchObject({ bytes: 0 });
		await expect(saveFile(directory, 'a.png', broken())).rejects.toThrow('broke off');
		expect(readdirSync(directory)).toEqual([]);
	});

	it('leave nothing behind when another program takes them away before they are complete', async () => {
		await expect(saveFile(directory, 'a.png', swept())).rejects.toThrow('ENOENT');
		expect(readdirSync(directory)).toEqual([]);
	});

	it('count a relative directory from where Node-RED’s file nodes do', () => {
		expect(resolveDirectory('out', '/data')).toBe(resolve('/data/out'));
		expect(resolveDirectory('/out', '/data')).toBe(resolve('/out'));
		expect(resolveDirectory('out', undefined)).toBe(resolve('out'));
	});
});

describe('errors for done', () => {
	it('of any kind get a code, and hold the token nowhere', () => {
		const odd = [new TypeError('with tok-en in it'), 'tok-en', undefined, null, { a: 1 }, 7];
		for (const thrown of odd) {
			const error = toNodeError(thrown, 'tok-en');
			expect(error.code).toBe('invalid_input');
			expect(Object.hasOwn(error, 'code') && Object.hasOwn(error, 'cause')).toBe(true);
			expect(`${error} ${error.stack} ${JSON.stringify(error.cause)}`).not.toContain('tok-en');
		}
	});
});
