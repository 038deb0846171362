import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { freeFilename, Recent, safeFilename, type Saved } from '../../../core/index.js';
import { codeOf, messageOf } from '../errors.cjs';
import { perRuntime } from '../runtime.cjs';

/** How long to wait for a disk: a mount that is out of reach neither answers nor fails. */
export interface Patience {
	limitMs: number;
	signal: AbortSignal;
}

/** Where a relative directory counts from: Node-RED's `fileWorkingDirectory`, as its file nodes do. */
export function resolveDirectory(directory: string, workingDirectory: unknown): string {
	return typeof workingDirectory === 'string' && workingDirectory !== ''
		? resolve(workingDirectory, directory)
		: resolve(directory);
}

/**
 * Makes the directory if need be, and tries to write into it.
 * @throws an error that names the directory
 */
export async function probeDirectory(directory: string, patience: Patience): Promise<void> {
	await inTime(directory, patience, async () => {
		await makeDirectory(directory);
		const file = partIn(directory);
		await fs.writeFile(file, '', { flag: 'wx' });
		await fs.rm(file, { force: true });
	});
}

/**
 * Streams a file into a directory, which is made if need be. No other file is overwritten: the name
 * gets a number. Under its name there is nothing until it is complete, or for a moment an empty file
 * if the medium has no links.
 * @returns the path and the bytes written; zero bytes leave no file.
 * @throws an error that names the directory, whether the stream or the disk has failed; then no file is left
 */
export async function saveFile(
	directory: string,
	filename: string,
	stream: AsyncIterable<Uint8Array>,
	patience: Patience,
): Promise<Saved<string>> {
	return inTime(directory, patience, async (signal) => {
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

/**
 * Bytes to gather while the disk writes. A separate call for each chunk from the network would take longer than
 * writing its bytes.
 */
const AT_ONCE = 1024 * 1024;

/** If the disk answers only after that, `work` tidies up, and the caller does not hear of it. */
async function inTime<T>(
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

/** Node's own recursive `mkdir` never returns in a folder that takes no new ones, such as /proc. */
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
		// Another run may have made it meanwhile.
		if (!(await isThere())) throw error;
	});
}

function partIn(directory: string): string {
	return join(directory, `.${randomUUID()}.part`);
}

const PART = /^\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.part$/;

/** Milliseconds after which a part is one that a killed process has left: no file takes so long to be saved. */
const LEFT_AFTER_MS = 24 * 3600 * 1000;

/** Milliseconds between two looks for such parts: a directory may have 100,000 files. */
const LOOK_AGAIN_MS = 3600 * 1000;

const MOST_LOOKED_AT = 1_000;
const lookedAt = perRuntime(() => new Recent<string, number>(MOST_LOOKED_AT));

/** Removes what processes that were killed have left of files. */
async function removeLeftParts(directory: string): Promise<void> {
	const now = Date.now();
	if (Math.abs(now - (lookedAt().get(directory) ?? -Infinity)) < LOOK_AGAIN_MS) return;
	lookedAt().set(directory, now);
	try {
		for await (const entry of await fs.opendir(directory)) {
			if (entry.isFile() && PART.test(entry.name)) await removeIfLeft(join(directory, entry.name));
		}
	} catch {
		// A directory that cannot be listed may still take files.
	}
}

async function removeIfLeft(part: string): Promise<void> {
	try {
		const { mtimeMs } = await fs.lstat(part);
		if (Date.now() - mtimeMs > LEFT_AFTER_MS) await fs.rm(part);
	} catch {
		// It may be another user's, or another process may have removed it.
	}
}

/**
 * Gives the complete file its name, or a free one like it, also where other runs do the same right now.
 * Asks for single names: a directory may have 100,000.
 */
async function moveToFree(part: string, filename: string): Promise<string> {
	const directory = dirname(part);
	const wanted = safeFilename(filename);
	const isTaken = (name: string) =>
		fs.lstat(join(directory, name)).then(
			() => true,
			() => false,
		);
	for (let name = wanted; ; name = await freeFilename(wanted, isTaken)) {
		const path = join(directory, name);
		try {
			await moveTo(part, path);
			return path;
		} catch (error) {
			if (codeOf(error) !== 'EEXIST') throw error;
		}
	}
}

/** Adds a second name for the file, if the medium has links: the file appears whole, and replaces nothing. */
async function moveTo(part: string, path: string): Promise<void> {
	try {
		await fs.link(part, path);
	} catch (error) {
		if (codeOf(error) === 'EEXIST') throw error;
		await moveToEmpty(part, path);
	}
}

/** Renames over an empty file that claims the name: a rename alone would replace what others have saved. */
async function moveToEmpty(part: string, path: string): Promise<void> {
	await fs.writeFile(path, '', { flag: 'wx' });
	try {
		await fs.rename(part, path);
	} catch (error) {
		await fs.rm(path, { force: true });
		throw error;
	}
}
