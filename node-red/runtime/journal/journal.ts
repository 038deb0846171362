import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { isObject, type Receipt } from '../../../core';
import { messageOf } from '../errors';
import { createListeners, perRuntime } from '../runtime';
import { Folder } from './folder';

/** @public The tests look into the folder. */
export const REQUESTS_FOLDER = 'runcomfy-requests';

/** What a later process needs to finish a message whose request is, or may be, paid for. Plain data. */
export interface Kept {
	nodeId: string;
	receipt: Receipt;
	/** The stored properties of the message. */
	msg: Record<string, unknown>;
	/** What to do with the result. Absent if the node only submits. */
	plan?: object | undefined;
	/** Facts for the sidebar. */
	seen: { arrivedAt: number; about?: string | undefined; targetName?: string | undefined };
	/** Milliseconds in which the answer to the submit should have come. */
	dueMs: number;
}

/** The files of paid requests. */
export type Journal = Folder<Kept>;

/** Milliseconds between two attempts to write what could not be written. */
const RETRY_MS = 3_000;

interface Opened {
	journal?: Journal;
	/** Why requests would not survive the end of this process, as a sentence. */
	trouble?: string | undefined;
	timer?: NodeJS.Timeout;
}

const present = perRuntime(
	(): Opened => ({}),
	({ timer }) => clearInterval(timer),
);

/** Called when the answer of `unprotectedBecause` changes. */
export const protectionChanged = perRuntime(createListeners);

/** Why new requests would not survive a restart of Node-RED now, as a sentence; undefined if they would. */
export function unprotectedBecause(): string | undefined {
	return present().trouble;
}

/** The journal of the user directory. A process has only one. */
export function openJournal({ settings, log }: Pick<NodeAPI, 'settings' | 'log'>): Journal {
	const opened = present();
	if (opened.journal) return opened.journal;
	const { userDir } = settings as { userDir?: unknown };
	const path = typeof userDir === 'string' && userDir ? join(userDir, REQUESTS_FOLDER) : undefined;
	const warn = (text: string) => log.warn(text);
	const setTrouble = (trouble: string | undefined) => {
		opened.trouble = trouble;
		protectionChanged().call();
	};
	opened.journal = new Folder<Kept>({
		path,
		isValue: isKept,
		warn,
		onTrouble(error) {
			if (opened.trouble !== undefined) return;
			setTrouble(troubleText(path, error));
			warn(String(opened.trouble));
		},
		onRecovered() {
			if (opened.trouble === undefined) return;
			setTrouble(undefined);
			warn('RunComfy requests outlive a restart of Node-RED again.');
		},
	});
	if (path !== undefined) {
		opened.timer = setInterval(() => opened.journal?.retry(), RETRY_MS).unref();
	}
	return opened.journal;
}

/** The journal, if a node has opened it. @public Tests let it try again. */
export function presentJournal(): Journal | undefined {
	return present().journal;
}

function troubleText(path: string | undefined, error: unknown): string {
	// Without file names, which differ at each attempt.
	const [text] = messageOf(error).split(/, \w+ '/);
	return `RunComfy requests may not outlive a restart of Node-RED, or their messages may come out twice: ${text} (${path}). Free space on the disk, then restart Node-RED.`;
}

function isKept(value: unknown): value is Kept {
	if (!isObject(value)) return false;
	const { nodeId, receipt, msg, seen, dueMs } = value;
	if (typeof nodeId !== 'string' || typeof dueMs !== 'number') return false;
	return isReceipt(receipt) && isObject(msg) && isObject(seen);
}

function isReceipt(value: unknown): value is Receipt {
	if (!isObject(value) || typeof value['at'] !== 'number' || !isObject(value['ids'])) return false;
	return ['submitting', 'accepted', 'attached'].includes(value['state'] as string);
}
