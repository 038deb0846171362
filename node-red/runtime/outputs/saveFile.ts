import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { freeFilename, type Saved } from '../../../core';
import { codeOf, messageOf } from '../errors';

/**
 * A relative path counts from Node-RED's `fileWorkingDirectory`, as in its file nodes, or else from the user directory:
 * what lies below the start directory is lost with each container.
 */
export function resolveDirectory(directory: string, settings: object): string {
	const { fileWorkingDirectory, userDir } = settings as Record<string, unknown>;
	const from = [fileWorkingDirectory, userDir].find((one) => typeof one === 'string' && one !== '');
	return resolve(String(from ?? ''), directory);
}

/**
 * Creates the directory if necessary, and tests whether it is writable.
 * @throws an error that names the directory
 */
export async function probeDirectory(directory: string): Promise<void> {
	await inDirectory(directory, async () => {
		await makeDirectory(directory);
		const file = partIn(directory);
		await fs.writeFile(file, '', { flag: 'wx' });
		await fs.rm(file, { force: true });
	});
}

/**
 * Streams a file into a directory, creating the directory if necessary. Never overwrites a file: a name that is taken
 * gets a number. The final name appears only when the file is complete; briefly before, it is an empty file.
 * @returns the path and the number of bytes; if that is zero, no file is left.
 * @throws an error that names the directory, whether the stream or the disk failed; no file is left then
 */
export async function saveFile(
	directory: string,
	filename: string,
	stream: AsyncIterable<Uint8Array>,
	signal: AbortSignal,
): Promise<Saved<string>> {
	return inDirectory(directory, async () => {
		await makeDirectory(directory);
		const part = partIn(directory);
		try {
			const bytes = await writeStream(part, stream, signal);
			return { bytes, value: bytes > 0 ? await moveToFree(part, filename) : '' };
		} finally {
			await fs.rm(part, { force: true }).catch(() => undefined);
		}
	});
}

async function writeStream(
	path: string,
	stream: AsyncIterable<Uint8Array>,
	signal: AbortSignal,
): Promise<number> {
	const file = await fs.open(path, 'wx');
	try {
		const writer = file.createWriteStream({ highWaterMark: AT_ONCE });
		await pipeline(stream, writer, { signal });
		return writer.bytesWritten;
	} finally {
		await file.close();
	}
}

/** Bytes to collect while the disk writes: one call per network chunk would take longer than the writing. */
const AT_ONCE = 1024 * 1024;

/** Names the directory in every error of the work. */
async function inDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw new Error(`${directory}: ${messageOf(error)}`, { cause: error });
	}
}

/**
 * Creates parent directories one by one: Node's recursive `mkdir` never returns in a folder that allows no new entries,
 * such as /proc.
 */
async function makeDirectory(directory: string): Promise<void> {
	const isThere = () =>
		fs.stat(directory).then(
			(found) => found.isDirectory(),
			() => false,
		);
	if (await isThere()) return;
	const parent = dirname(directory);
	if (parent !== directory) await makeDirectory(parent);
	await fs.mkdir(directory).catch(async (error: unknown) => {
		// Another run may have created it in the meantime.
		if (!(await isThere())) throw error;
	});
}

function partIn(directory: string): string {
	return join(directory, `.${randomUUID()}.part`);
}

/**
 * Gives a complete file its name, or the next free one, safely against concurrent runs. Tests single names, because a
 * directory may contain 100,000.
 */
async function moveToFree(part: string, filename: string): Promise<string> {
	const directory = dirname(part);
	const isTaken = (name: string) =>
		fs.lstat(join(directory, name)).then(
			() => true,
			() => false,
		);
	for (;;) {
		const path = join(directory, await freeFilename(filename, isTaken));
		try {
			await moveToEmpty(part, path);
			return path;
		} catch (error) {
			if (codeOf(error) !== 'EEXIST') throw error;
		}
	}
}

/** Reserves the name with an empty file and renames over it: a rename alone could replace another run's file. */
async function moveToEmpty(part: string, path: string): Promise<void> {
	await fs.writeFile(path, '', { flag: 'wx' });
	try {
		await fs.rename(part, path);
	} catch (error) {
		await fs.rm(path, { force: true });
		throw error;
	}
}
