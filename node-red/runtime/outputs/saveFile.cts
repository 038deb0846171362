import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { safeFilename, uniqueFilename, type Saved } from '../../../core/index.js';

/** Where a relative directory counts from: Node-RED's `fileWorkingDirectory`, as its file nodes do. */
export function resolveDirectory(directory: string, workingDirectory: unknown): string {
	return typeof workingDirectory === 'string' && workingDirectory !== ''
		? resolve(workingDirectory, directory)
		: resolve(directory);
}

/**
 * Streams a file into a directory, which is made if need be. No other file is overwritten: the name
 * gets a number. Under its name there is nothing, or for a moment an empty file, until it is complete.
 * @returns the path and the bytes written; zero bytes leave no file.
 * @throws what the stream or the medium throws; then no file is left, either
 */
export async function saveFile(
	directory: string,
	filename: string,
	stream: AsyncIterable<Uint8Array>,
): Promise<Saved<string>> {
	await mkdir(directory, { recursive: true });
	const part = join(directory, `.${randomUUID()}.part`);
	try {
		const file = createWriteStream(part, { flags: 'wx' });
		await pipeline(stream, file);
		if (file.bytesWritten === 0) {
			await rm(part, { force: true });
			return { bytes: 0, value: '' };
		}
		const path = await reserve(directory, safeFilename(filename));
		await rename(part, path).catch(async (error: unknown) => {
			await rm(path, { force: true });
			throw error;
		});
		return { bytes: file.bytesWritten, value: path };
	} catch (error) {
		await rm(part, { force: true });
		throw error;
	}
}

/** Claims a free name with an empty file, also against other runs that do the same right now. */
async function reserve(directory: string, filename: string): Promise<string> {
	const taken = new Set((await readdir(directory)).map((name) => name.toLowerCase()));
	for (;;) {
		const path = join(directory, uniqueFilename(filename, taken));
		try {
			await (await open(path, 'wx')).close();
			return path;
		} catch (error) {
			// `uniqueFilename` has noted the name as taken: the next round counts on.
			if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
		}
	}
}
