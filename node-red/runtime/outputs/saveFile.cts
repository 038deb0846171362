import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { freeFilename, safeFilename, type Saved } from '../../../core/index.js';
import { inSteps, type Steps } from './steps.cjs';

/** What is asked of `node:fs/promises`, so that a test can have a disk that never answers. */
export interface Disk {
	stat(path: string): Promise<{ isDirectory(): boolean }>;
	mkdir(path: string): Promise<unknown>;
	open(path: string, flags: 'wx'): Promise<OpenFile>;
	link(file: string, name: string): Promise<void>;
	rename(from: string, to: string): Promise<void>;
	rm(path: string, options: { force: true }): Promise<void>;
}

interface OpenFile {
	writev(chunks: Uint8Array[]): Promise<{ bytesWritten: number }>;
	close(): Promise<void>;
}

/** What the files of one run have in common while they are saved. */
export interface Saving {
	signal?: AbortSignal | undefined;
	disk?: Disk;
}

/** Where a relative directory counts from: Node-RED's `fileWorkingDirectory`, as its file nodes do. */
export function resolveDirectory(directory: string, workingDirectory: unknown): string {
	return typeof workingDirectory === 'string' && workingDirectory !== ''
		? resolve(workingDirectory, directory)
		: resolve(directory);
}

/** Milliseconds: a disk that answers does so at once; a mount that is out of reach never does. */
const PROBE_MS = 10_000;

/** The same for each step of saving, where the files are paid for: a busy disk gets more time. @public The tests wait for it. */
export const SAVE_STEP_MS = 60_000;

/** Bytes from which on a step is long enough, so that a slow disk shows that it goes on. */
const STEP_BYTES = 1024 * 1024;

/** Chunks of one step: POSIX systems take no more in one call (IOV_MAX on Linux and macOS). */
const STEP_CHUNKS = 1024;

/**
 * Makes the directory if need be, and tries to write into it.
 * @throws what the medium throws, or an error once it has not answered for ten seconds
 */
export async function probeDirectory(directory: string, disk: Disk = fs): Promise<void> {
	await inSteps({ place: directory, limitMs: PROBE_MS }, async (steps) => {
		await makeDirectory(disk, steps, directory);
		const file = join(directory, `.${randomUUID()}.part`);
		await makeFile(disk, steps, file);
		await steps.tidy(() => disk.rm(file, { force: true }));
	});
}

/** Not Node's own recursive `mkdir`: in a folder that takes none, such as /proc, it never returns. */
async function makeDirectory(disk: Disk, steps: Steps, directory: string): Promise<void> {
	const find = () => steps.next(() => disk.stat(directory).catch(() => undefined));
	const found = await find();
	if (found?.isDirectory()) return;
	const parent = dirname(directory);
	if (!found && parent !== directory) await makeDirectory(disk, steps, parent);
	await steps
		.next(() => disk.mkdir(directory))
		.catch(async (error: unknown) => {
			// Another run may have made it meanwhile.
			if (!(await find())?.isDirectory()) throw error;
		});
}

async function makeFile(disk: Disk, { next, tidy }: Steps, path: string): Promise<void> {
	const file = await next(() => disk.open(path, 'wx'));
	await tidy(() => file.close());
}

/**
 * Streams a file into a directory, which is made if need be. No other file is overwritten: the name
 * gets a number. Under its name there is nothing until it is complete, or for a moment an empty file
 * if the medium has no links.
 * @returns the path and the bytes written; zero bytes leave no file.
 * @throws what the stream or the medium throws; then no file is left, either. An error, too, once the
 * medium has not answered for a minute; what it does with its last step after that is its own affair.
 */
export async function saveFile(
	directory: string,
	filename: string,
	stream: AsyncIterable<Uint8Array>,
	saving: Saving = {},
): Promise<Saved<string>> {
	const { disk = fs, signal } = saving;
	const patience = { place: directory, limitMs: SAVE_STEP_MS, signal };
	return await inSteps(patience, async (steps) => {
		await makeDirectory(disk, steps, directory);
		const part = join(directory, `.${randomUUID()}.part`);
		try {
			const bytes = await writeStream(disk, steps, part, stream);
			if (bytes > 0) return { bytes, value: await name(disk, steps, part, filename) };
			await steps.tidy(() => disk.rm(part, { force: true }));
			return { bytes, value: '' };
		} catch (error) {
			await steps.tidy(() => disk.rm(part, { force: true }));
			throw error;
		}
	});
}

/** Not a `WriteStream`: it cannot be left as long as the disk owes it an answer. */
async function writeStream(
	disk: Disk,
	{ next, tidy }: Steps,
	path: string,
	stream: AsyncIterable<Uint8Array>,
): Promise<number> {
	const file = await next(() => disk.open(path, 'wx'));
	let bytes = 0;
	try {
		for await (const chunks of gathered(stream)) {
			for (let left = chunks; left.length > 0; ) {
				const rest = left;
				const { bytesWritten } = await next(() => file.writev(rest));
				left = without(left, bytesWritten);
				bytes += bytesWritten;
			}
		}
	} finally {
		await tidy(() => file.close());
	}
	return bytes;
}

/**
 * The chunks of each step. A step for every chunk off the network takes longer than its bytes do; nor
 * are they joined: a copy of each mebibyte keeps the garbage collector busier than all else.
 */
async function* gathered(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
	let chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of stream) {
		for (let from = 0; from < chunk.length; from += STEP_BYTES) {
			// Not cut to fill a step: that costs the system more than a step that is a little larger.
			const part = chunk.length <= STEP_BYTES ? chunk : chunk.subarray(from, from + STEP_BYTES);
			chunks.push(part);
			bytes += part.length;
			if (bytes < STEP_BYTES && chunks.length < STEP_CHUNKS) continue;
			yield chunks;
			chunks = [];
			bytes = 0;
		}
	}
	if (bytes > 0) yield chunks;
}

/** What is left of chunks whose first bytes are written: a nearly full disk may not take all. */
function without(chunks: Uint8Array[], written: number): Uint8Array[] {
	let left = written;
	return chunks.flatMap((chunk) => {
		const done = Math.min(left, chunk.length);
		left -= done;
		return done === chunk.length ? [] : [chunk.subarray(done)];
	});
}

/**
 * Gives the complete file its name, or a free one like it, also where other runs do the same right now.
 * Asks for single names: a directory may have 100,000.
 */
async function name(disk: Disk, steps: Steps, part: string, filename: string): Promise<string> {
	const directory = dirname(part);
	const wanted = safeFilename(filename);
	const taken = new Set<string>();
	const isKnown = async (path: string) =>
		taken.has(path) ||
		(await steps.next(() =>
			disk.stat(path).then(
				() => true,
				() => false,
			),
		));
	for (let path = join(directory, wanted); ; ) {
		try {
			await moveTo(disk, steps, part, path);
			return path;
		} catch (error) {
			if (!isTaken(error)) throw error;
			taken.add(path);
			path = join(directory, await freeFilename(wanted, (one) => isKnown(join(directory, one))));
		}
	}
}

/** As a second name of the file, where the medium has such: it appears whole, and replaces nothing. */
async function moveTo(disk: Disk, steps: Steps, part: string, path: string): Promise<void> {
	try {
		await steps.next(() => disk.link(part, path));
	} catch (error) {
		if (isTaken(error)) throw error;
		await moveToEmpty(disk, steps, part, path);
		return;
	}
	await steps.tidy(() => disk.rm(part, { force: true })).catch(() => undefined);
}

/** Over an empty file that has claimed the name: a rename alone would replace what others have saved. */
async function moveToEmpty(disk: Disk, steps: Steps, part: string, path: string): Promise<void> {
	await makeFile(disk, steps, path);
	try {
		await steps.next(() => disk.rename(part, path));
	} catch (error) {
		await steps.tidy(() => disk.rm(path, { force: true }));
		throw error;
	}
}

function isTaken(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
