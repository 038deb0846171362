import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { messageOf } from '../errors.cjs';
import { perRuntime } from '../runtime.cjs';
import { isObject } from './entries.cjs';
import { readIfThere } from './journalFile.cjs';

/**
 * What is known of requests after their submit, for as long as RunComfy keeps their results: what came
 * with the message that submitted one, and which ends a webhook node has delivered. It is kept on disk, so
 * that a restart neither loses the one nor repeats the other. Methods do not throw: if the medium
 * fails, what this process has seen still counts.
 */
export interface RequestStore {
	/** Keeps plain data that comes back with the result of a request. */
	submitted(requestId: string, msg: Record<string, unknown>): void;
	/** Keeps what there is to say of a run that has ended; plain data. */
	ended(job: string, run: object): void;
	/** The runs that ended last, the latest last. */
	endedRuns(most: number): object[];
	/** What was kept of the message that submitted a request. */
	messageOf(requestId: string): Record<string, unknown>;
	/** Notes an event of which a node has sent a message. */
	delivered(nodeId: string, event: string): void;
	/** The events of which a node has sent a message, the oldest first. */
	deliveredBy(nodeId: string): string[];
}

export const REQUESTS_FILE = 'runcomfy-requests.jsonl';

/** Milliseconds: RunComfy keeps results for 7 days, and repeats a callback for one. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Characters of all that is kept, beyond which the oldest goes. */
const MOST = 8 * 1024 * 1024;

type Entry =
	| Submitted
	| { v: 1; is: 'delivered'; at: number; nodeId: string; event: string }
	| { v: 1; is: 'ended'; at: number; job: string; run: object };

interface Submitted {
	v: 1;
	is: 'submitted';
	at: number;
	requestId: string;
	msg: Record<string, unknown>;
}

const stores = perRuntime(() => new Map<string | undefined, RequestStore>());

/** The store of the user directory, one in a process; without a directory it lives as long as that. */
export function openRequestStore({
	settings,
	log,
}: Pick<NodeAPI, 'settings' | 'log'>): RequestStore {
	const { userDir } = settings as { userDir?: unknown };
	const path = typeof userDir === 'string' && userDir !== '' ? userDir : undefined;
	const known = stores().get(path);
	if (known) return known;
	const warn = (text: string) => log.warn(text);
	const store = createRequestStore(path && join(path, REQUESTS_FILE), warn, Date.now);
	stores().set(path, store);
	return store;
}

export function createRequestStore(
	file: string | undefined,
	warn: (text: string) => void,
	now: () => number,
): RequestStore {
	/** Each with its line, by what it is about; the oldest first. */
	const kept = new Map<string, { entry: Entry; line: string }>();
	let length = 0;
	/** Characters of the file. */
	let written = 0;
	let failed = false;

	const drop = (key: string) => {
		length -= kept.get(key)?.line.length ?? 0;
		kept.delete(key);
	};

	const keep = (entry: Entry): string => {
		const key = keyOf(entry);
		const line = `${JSON.stringify(entry)}\n`;
		drop(key);
		kept.set(key, { entry, line });
		length += line.length;
		for (const [oldest, { entry: old }] of kept) {
			if (length <= MOST && now() - old.at <= KEPT_MS) break;
			drop(oldest);
		}
		return line;
	};

	const attempt = (work: (path: string) => void) => {
		try {
			if (file !== undefined) work(file);
			failed = false;
		} catch (error) {
			if (!failed) warn(`${file} cannot be used: ${messageOf(error)}`);
			failed = true;
		}
	};

	/** Adds what the file has, also of another process; the oldest first. */
	const takeUp = (path: string): number => {
		const text = readIfThere(path);
		const there = text.split('\n').flatMap((line) => parse(line) ?? []);
		const all = [...there, ...[...kept.values()].map(({ entry }) => entry)];
		for (const entry of all.sort((one, other) => one.at - other.at)) keep(entry);
		return text.length;
	};

	const rewrite = (path: string) => {
		takeUp(path);
		const fresh = `${path}.${process.pid}`;
		const text = [...kept.values()].map(({ line }) => line).join('');
		try {
			writeFileSync(fresh, text, { mode: 0o600 });
			renameSync(fresh, path);
		} finally {
			rmSync(fresh, { force: true });
		}
		written = text.length;
	};

	const add = (entry: Entry) => {
		const line = keep(entry);
		attempt((path) => {
			// By its path each time: another process may have replaced the file.
			if (failed || written > 2 * length + MOST) return rewrite(path);
			appendFileSync(path, line, { mode: 0o600 });
			written += line.length;
		});
	};

	attempt((path) => {
		written = takeUp(path);
		if (written > length) rewrite(path);
	});

	return {
		submitted(requestId, msg) {
			if (Object.keys(msg).length === 0) return;
			add({ v: 1, is: 'submitted', at: now(), requestId, msg });
		},
		messageOf(requestId) {
			const found = kept.get(JSON.stringify([requestId]))?.entry;
			return found?.is === 'submitted' ? { ...found.msg } : {};
		},
		ended: (job, run) => add({ v: 1, is: 'ended', at: now(), job, run }),
		endedRuns: (most) =>
			[...kept.values()]
				.flatMap(({ entry }) => (entry.is === 'ended' ? [entry.run] : []))
				.slice(-most),
		delivered: (nodeId, event) => add({ v: 1, is: 'delivered', at: now(), nodeId, event }),
		deliveredBy: (nodeId) =>
			[...kept.values()].flatMap(({ entry }) =>
				entry.is === 'delivered' && entry.nodeId === nodeId ? [entry.event] : [],
			),
	};
}

function keyOf(entry: Entry): string {
	if (entry.is === 'submitted') return JSON.stringify([entry.requestId]);
	return JSON.stringify(entry.is === 'ended' ? ['', entry.job] : [entry.nodeId, entry.event]);
}

/** An entry, or undefined if a line is torn or says something else. */
function parse(line: string): Entry | undefined {
	try {
		const entry = JSON.parse(line) as Partial<Record<string, unknown>> | null;
		if (entry?.['v'] !== 1 || typeof entry['at'] !== 'number') return undefined;
		const { is, requestId, msg, nodeId, event, job, run } = entry;
		const submitted = typeof requestId === 'string' && typeof msg === 'object' && msg !== null;
		const delivered = typeof nodeId === 'string' && typeof event === 'string';
		const ended = typeof job === 'string' && isObject(run);
		const fits = new Map<unknown, boolean>(Object.entries({ submitted, delivered, ended })).get(is);
		if (!fits) return undefined;
		return entry as unknown as Entry;
	} catch {
		return undefined;
	}
}
