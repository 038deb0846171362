import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { safeFilename, type Saved, uniqueFilename } from '../../../core/index.js';
import { inSteps, type Steps } from './steps.cjs';

/** What is asked of `node:fs/promises`, so that a test can have a disk that never answers. */
export interface Disk {
	stat(path: string): Promise<{ isDirectory(): boolean }>;
	mkdir(path: string): Promise<unknown>;
	readdir(path: string): Promise<string[]>;
	open(path: string, flags: 'wx'): Promise<OpenFile>;
	rename(from: string, to: string): Promise<void>;
	rm(path: string, options: { force: true }): Promise<void>;
}

interface OpenFile {
	write(bytes: Uint8Array, from: number, length: number): Promise<{ bytesWritten: number }>;
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

/** Bytes of one step, so that a slow disk shows that it goes on. */
const PIECE = 1024 * 1024;

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

/** Not Node's own recursive `mkdir`: it never returns where a folder takes none, as /proc. */
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
 * gets a number. Under its name there is nothing, or for a moment an empty file, until it is complete.
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
		for await (const piece of piecesOf(stream)) {
			for (let from = 0; from < piece.length; ) {
				const length = Math.min(PIECE, piece.length - from);
				const begin = from;
				const { bytesWritten } = await next(() => file.write(piece, begin, length));
				from += bytesWritten;
			}
			bytes += piece.length;
		}
	} finally {
		await tidy(() => file.close());
	}
	return bytes;
}

/** The same bytes in fewer pieces: a step for each chunk off the network takes longer than its bytes do. */
async function* piecesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
	let chunks: Uint8Array[] = [];
	let gathered = 0;
	for await (const chunk of stream) {
		chunks.push(chunk);
		gathered += chunk.length;
		if (gathered < PIECE) continue;
		yield Buffer.concat(chunks);
		chunks = [];
		gathered = 0;
	}
	if (gathered > 0) yield Buffer.concat(chunks);
}

/** Gives the complete file its name, or a free one like it. */
async function name(disk: Disk, steps: Steps, part: string, filename: string): Promise<string> {
	const path = await reserve(disk, steps, dirname(part), safeFilename(filename));
	try {
		await steps.next(() => disk.rename(part, path));
	} catch (error) {
		await steps.tidy(() => disk.rm(path, { force: true }));
		throw error;
	}
	return path;
}

/** Claims a free name with an empty file, also against other runs that do the same right now. */
async function reserve(
	disk: Disk,
	steps: Steps,
	directory: string,
	filename: string,
): Promise<string> {
	const names = await steps.next(() => disk.readdir(directory));
	const taken = new Set(names.map((known) => known.toLowerCase()));
	for (;;) {
		const path = join(directory, uniqueFilename(filename, taken));
		try {
			await makeFile(disk, steps, path);
			return path;
		} catch (error) {
			// `uniqueFilename` has noted the name as taken: the next round counts on.
			if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
		}
	}
}
