// A disk that fails, for the code that writes to it.
import type * as Fs from 'node:fs';
import { jest } from '@jest/globals';
import { requireFromRoot } from './dist.mts';

/** The module object, whose functions the journal looks up at every call. */
export const fs = requireFromRoot('node:fs') as typeof Fs;

/** Makes functions of the file system fail for the folder of requests. @returns a function that repairs them */
export function failing(code: string, ...names: Array<keyof typeof Fs>): () => void {
	const spies = names.map((name) => {
		const original = fs[name] as (...args: unknown[]) => unknown;
		const spy = jest.spyOn(fs as never, name as never) as unknown as jest.Mock;
		return spy.mockImplementation((...args) => {
			const [path, flags] = args;
			// A disk that cannot be written can still be read.
			const isOther = typeof path === 'string' && !path.includes('runcomfy-requests');
			if (isOther || (name === 'openSync' && flags === 'r')) return original(...args);
			const error = Object.assign(new Error(`${code}: it fails`), { code });
			const callback = args.at(-1);
			if (typeof callback !== 'function') throw error;
			setImmediate(callback as (error: Error) => void, error);
			return undefined;
		});
	});
	return () => spies.forEach((spy) => spy.mockRestore());
}

/** A disk with this many free bytes. */
export function diskWithRoom(bytes = Infinity): { room: number } {
	const disk = { room: bytes };
	const { writeSync } = fs;
	jest.spyOn(fs, 'writeSync').mockImplementation(((
		...[fd, text, at, length]: [number, Buffer, number, number]
	) => {
		// Jest writes texts to its own cache.
		if (typeof text === 'string') return writeSync(fd, text, at, length);
		const part = Math.min(length, disk.room);
		if (part <= 0) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
		disk.room -= part;
		return writeSync(fd, text, at, part);
	}) as typeof Fs.writeSync);
	return disk;
}
