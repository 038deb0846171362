import type * as Fs from 'node:fs';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, jest } from '@jest/globals';
import type * as JournalModule from '../../../node-red/runtime/journal/journal.ts';
import type * as LinesModule from '../../../node-red/runtime/journal/lines.ts';
import type * as RuntimeModule from '../../../node-red/runtime/runtime.ts';
import { dist, requireFromRoot } from './dist.mts';
import { leftEntry, turns, useUserDir } from './rig.mts';

const { openJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');
const { startFreshRuntime } = dist<typeof RuntimeModule>('node-red/runtime/runtime.js');
const { lineOf, readLines } = dist<typeof LinesModule>('node-red/runtime/journal/lines.js');

/** The module object, whose functions the journal looks up at every call. */
export const fs = requireFromRoot('node:fs') as typeof Fs;

export const NOW = 1_800_000_000_000;

/** An entry with the usual content. If it has a request id, RunComfy has answered the submit. */
export const entry = (
	job: string,
	{ at = NOW, requestId, ...more }: Partial<LinesModule.JournalEntry> & Told = {},
): LinesModule.JournalEntry => {
	const state = more.waiting ? 'planned' : requestId ? 'accepted' : 'submitting';
	const ids = { deploymentId: 'd', ...(requestId ? { requestId } : {}) };
	return leftEntry({ state, at, ...ids }, { job, msg: { _msgid: job }, ...more });
};

interface Told {
	at?: number;
	requestId?: string;
}

/** Tells a journal that RunComfy has accepted the request of a run. */
export function accept(
	journal: Pick<JournalModule.Journal, 'moved'>,
	job: string,
	requestId: string,
) {
	const { receipt } = entry(job, { requestId });
	const links = { status_url: 'https://x', result_url: 'https://x', cancel_url: 'https://x' };
	const answer = { request_id: requestId, status: 'in_queue' as const, ...links };
	journal.moved(job, { ...receipt, answer });
}

/** The line of an entry, without the line break. */
export const line = (...given: Parameters<typeof entry>) => lineOf(entry(...given)).trim();

/** Makes functions of the file system fail. @returns a function that repairs them */
export function failing(code: string, ...names: Array<keyof typeof Fs>): () => void {
	const fail = (...args: unknown[]) => {
		const error = Object.assign(new Error(`${code}: it fails`), { code });
		const callback = args.at(-1);
		if (typeof callback !== 'function') throw error;
		setImmediate(callback as (error: Error) => void, error);
	};
	const spies = names.map((name) => {
		const original = fs[name] as (...args: unknown[]) => unknown;
		const spy = jest.spyOn(fs as never, name as never) as unknown as jest.Mock;
		return spy.mockImplementation((...args) => {
			const [path, flags] = args;
			// A disk that cannot be written can still be read.
			const reads = name === 'openSync' && flags === 'r' && typeof path === 'string';
			return reads ? original(...args) : fail(...args);
		});
	});
	return () => spies.forEach((spy) => spy.mockRestore());
}

/** A disk with this many free bytes. Existing data can be overwritten. */
export function diskWithRoom(bytes = Infinity): { room: number } {
	const disk = { room: bytes };
	const { writeSync, fstatSync } = fs;
	jest.spyOn(fs, 'writeSync').mockImplementation(((
		...[fd, text, at, length, position]: [number, Buffer, number, number, number?]
	) => {
		const { size } = fstatSync(fd);
		const start = position ?? size;
		const part = Math.min(length, size + disk.room - start);
		if (part <= 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
		disk.room -= Math.max(0, start + part - size);
		return writeSync(fd, text, at, part, start);
	}) as typeof Fs.writeSync);
	return disk;
}

/** A directory for each test of a file, and the journal in it. */
export function useJournal() {
	beforeEach(() => {
		// A journal lasts as long as its process. Journals of other tests must not see the mocks.
		jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => undefined } as never);
	});
	afterEach(() => {
		jest.restoreAllMocks();
		startFreshRuntime();
	});
	// Its directory is removed afterwards.
	const kept = useUserDir();
	const file = () => kept.journal;
	const text = async () => {
		await turns(2);
		return readFileSync(file(), 'utf8');
	};
	const open = (now = NOW) => {
		const warnings: string[] = [];
		const warn = (line: unknown) => void warnings.push(String(line));
		const RED = { settings: { userDir: kept.userDir }, log: { warn } } as never;
		let time = now;
		const setNow = (next: number) => {
			time = next;
		};
		return { journal: openJournal(RED, () => time), warnings, setNow };
	};
	return {
		file,
		text,
		/** The file's contents, once the lines of this turn of the event loop are written. */
		onDisk: async () => readLines(await text()),
		open,
		/** The journal of the next process, which may start later. */
		reopen(now = NOW) {
			startFreshRuntime();
			return open(now).journal;
		},
	};
}
