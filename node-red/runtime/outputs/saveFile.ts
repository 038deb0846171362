import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { freeFilename, Recent, type Saved } from '../../../core';
import { codeOf, messageOf } from '../errors';
import { perRuntime } from '../runtime';

/** How long to wait for a disk: a network mount that is unreachable neither answers nor fails. */
export interface Patience {
	limitMs: number;
	signal: AbortSignal;
}

/** The directory that relative paths are resolved against: Node-RED's `fileWorkingDirectory`, as in its file nodes. */
export function resolveDirectory(directory: string, workingDirectory: unknown): string {
	return typeof workingDirectory === 'string' && workingDirectory !== ''
		? resolve(workingDirectory, directory)
		: resolve(directory);
}

/**
 * Creates the directory if necessary, and tests whether it is writable.
 * @throws an error that names the directory
 */
export async function probeDirectory(directory: string, patience: Patience): Promise<void> {
	await withinLimit(directory, patience, async () => {
		await makeDirectory(directory);
		const file = partIn(directory);
		await fs.writeFile(file, '', { flag: 'wx' });
		await fs.rm(file, { force: true });
	});
}

/**
 * Streams a file into a directory, creating the directory if necessary. Never overwrites a file: a name that is taken
 * gets a number. The final name appears only when the file is complete (or, on a file system without links, briefly as
 * an empty file).
 * @returns the path and the number of bytes; if that is zero, no file is left.
 * @throws an error that names the directory, whether the stream or the disk failed; no file is left then
 */
export async function saveFile(
	directory: string,
	filename: string,
	stream: AsyncIterable<Uint8Array>,
	patience: Patience,
): Promise<Saved<string>> {
	return withinLimit(directory, patience, async (signal) => {
		await makeDirectory(directory);
		await removeLeftParts(directory);
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

/** Limits the wait for a disk. If the disk answers later, `work` cleans up and nobody is told. */
async function withinLimit<T>(
	directory: string,
	{ limitMs, signal }: Patience,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const limit = new AbortController();
	const giveUp = (why: string) => limit.abort(new Error(why));
	const stop = () => giveUp('stopped');
	const over = new Promise<never>((_resolve, reject) => {
		limit.signal.addEventListener('abort', () => reject(limit.signal.reason as Error));
	});
	const text = `the disk did not finish within ${limitMs / 1000} seconds`;
	const timer = setTimeout(giveUp, limitMs, text);
	signal.addEventListener('abort', stop);
	if (signal.aborted) stop();
	try {
		return await Promise.race([work(limit.signal), over]);
	} catch (error) {
		throw new Error(`${directory}: ${messageOf(error)}`, { cause: error });
	} finally {
		clearTimeout(timer);
		signal.removeEventListener('abort', stop);
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

const PART = /^\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** Age in milliseconds after which a partial file was left by a killed process: no download takes that long. */
const LEFT_AFTER_MS = 24 * 3600 * 1000;

/** Milliseconds between two searches for partial files: a directory may contain 100,000 files. */
const SWEEP_EVERY_MS = 3600 * 1000;

const MOST_SWEPT = 1_000;
const sweptAt = perRuntime(() => new Recent<string, number>(MOST_SWEPT));

/** Removes partial files left by killed processes. */
async function removeLeftParts(directory: string): Promise<void> {
	const now = Date.now();
	if (Math.abs(now - (sweptAt().get(directory) ?? -Infinity)) < SWEEP_EVERY_MS) return;
	sweptAt().set(directory, now);
	try {
		for await (const entry of await fs.opendir(directory)) {
			if (entry.isFile() && PART.test(entry.name)) await removeIfLeft(join(directory, entry.name));
		}
	} catch {
		// A directory that cannot be listed may still be writable.
	}
}

async function removeIfLeft(part: string): Promise<void> {
	try {
		const { mtimeMs } = await fs.lstat(part);
		if (Date.now() - mtimeMs > LEFT_AFTER_MS) await fs.rm(part);
	} catch {
		// The file may belong to another user, or another process may have removed it.
	}
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
			await moveTo(part, path);
			return path;
		} catch (error) {
			if (codeOf(error) !== 'EEXIST') throw error;
		}
	}
}

/** Adds a second name with a hard link, if supported: the file appears complete, and nothing is replaced. */
async function moveTo(part: string, path: string): Promise<void> {
	try {
		await fs.link(part, path);
	} catch (error) {
		if (codeOf(error) === 'EEXIST') throw error;
		await moveToEmpty(part, path);
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
