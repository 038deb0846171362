import type { IDataObject } from 'n8n-workflow';
import { createCallbackCheck } from '../../core';

/** One address that RunComfy calls, and what it has told there. */
export interface Address {
	check: ReturnType<typeof createCallbackCheck>;
	/** Takes over what an earlier process, or another one, has noted. */
	recall(stored: IDataObject): void;
	/** Notes what was told, for n8n to keep. */
	note(stored: IDataObject): void;
	/** Takes back an event for which no execution was started. */
	forget(event: string): void;
}

/** Milliseconds: RunComfy keeps results for 7 days, and repeats a callback for one. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Events of one address that a process remembers. */
const REMEMBERED = 10_000;

/** Of those, the newest that n8n stores: it writes all of them with each event. */
const STORED = 1_000;

/** Addresses that a process remembers: an instance may have many. */
const MOST_ADDRESSES = 200;

const addresses = new Map<string, Address>();

/** The address of a node. One that does not remember takes every event, however often it is told. */
export function addressOf(key: string, remembers: boolean): Address {
	const address = addresses.get(key) ?? createAddress(remembers);
	addresses.delete(key);
	addresses.set(key, address);
	const [oldest] = addresses.keys();
	if (addresses.size > MOST_ADDRESSES && oldest !== undefined) addresses.delete(oldest);
	return address;
}

/** The end of n8n's process, as far as it can be seen from here. @public for tests */
export function forgetAddresses(): void {
	addresses.clear();
}

function createAddress(remembers: boolean): Address {
	/** When each event was told, in milliseconds since the epoch; the oldest first. */
	const times = new Map<string, number>();
	/**
	 * The same list for every call, and so in whatever n8n has yet to write: of two calls that cross, the
	 * one that is written last has the events of both.
	 */
	const lines: string[] = [];
	const add = (event: string, at: number) => {
		times.set(event, at);
		for (const [oldest, then] of times) {
			if (times.size <= REMEMBERED && then > Date.now() - KEPT_MS) break;
			times.delete(oldest);
		}
	};
	const known = {
		has: (event: string) => times.has(event),
		add(event: string) {
			if (remembers) add(event, Date.now());
			return known as Set<string>;
		},
		delete: (event: string) => times.delete(event),
	};
	return {
		check: createCallbackCheck(known, () => performance.now()),
		recall({ delivered }) {
			const unknown = readLines(delivered).filter(([event]) => !times.has(event));
			if (unknown.length === 0) return;
			const all = [...times, ...unknown].sort(([, a], [, b]) => a - b);
			times.clear();
			for (const [event, at] of all) add(event, at);
		},
		note(stored) {
			const newest = [...times].slice(-STORED);
			lines.splice(0, lines.length, ...newest.map(([event, at]) => `${at} ${event}`));
			stored['delivered'] = lines;
		},
		forget: (event) => void times.delete(event),
	};
}

function readLines(lines: unknown): Array<[event: string, at: number]> {
	if (!Array.isArray(lines)) return [];
	return lines.flatMap((line: unknown) => {
		const [, at, event] =
			typeof line === 'string' ? (/^(\d{1,15}) (.{1,300})$/.exec(line) ?? []) : [];
		return at !== undefined && event !== undefined ? [[event, Number(at)]] : [];
	});
}
