import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { safeFilename, type Saved, uniqueFilename } from '../../../core/index.js';

/** Where a relative directory counts from: Node-RED's `fileWorkingDirectory`, as its file nodes do. */
export function resolveDirectory(directory: string, workingDirectory: unknown): string {
	return typeof workingDirectory === 'string' && workingDirectory !== ''
		? resolve(workingDirectory, directory)
		: resolve(directory);
}

/** A disk that answers does so at once; a mount that is out of reach never does. */
const PROBE_MS = 10_000;

/**
 * Makes the directory if need be, and tries to write into it.
 * @throws what the medium throws, or an error once it has not answered for ten seconds
 */
export async function probeDirectory(directory: string): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const tooLate = new Promise<never>((_resolve, reject) => {
		const late = () => reject(new Error(`no answer within ${PROBE_MS / 1000} seconds`));
		timer = setTimeout(late, PROBE_MS);
	});
	const probe = async () => {
		await makeDirectory(directory);
		const file = join(directory, `.${randomUUID()}.part`);
		await writeFile(file, '', { flag: 'wx' });
		await rm(file, { force: true });
	};
	await Promise.race([probe(), tooLate]).finally(() => clearTimeout(timer));
}

/** Not Node's own recursive `mkdir`: it never returns where a folder takes none, as /proc. */
async function makeDirectory(directory: string): Promise<void> {
	const found = await stat(directory).catch(() => undefined);
	if (found?.isDirectory()) return;
	const parent = dirname(directory);
	if (!found && parent !== directory) await makeDirectory(parent);
	await mkdir(directory).catch(async (error: unknown) => {
		// Another run may have made it meanwhile.
		if (!(await stat(directory).catch(() => undefined))?.isDirectory()) throw error;
	});
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
	await makeDirectory(directory);
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
