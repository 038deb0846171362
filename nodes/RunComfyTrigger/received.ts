import type { IDataObject } from 'n8n-workflow';
import { CallbackCheck, Recent } from '../../core';
import { type ReceivedCallbacks, runtime } from '../RunComfy/runtime';
import { CLOCK, type Credential } from '../RunComfy/transport/host';

/** How many events are remembered for each trigger. n8n writes all of them with each event. */
const REMEMBERED = 10_000;

/** An event is remembered for this many milliseconds: as long as RunComfy repeats its call. */
const REMEMBERED_MS = 24 * 3_600_000;

/**
 * If n8n has not confirmed that it stored the execution, the event may be delivered again after this many
 * milliseconds. This is longer than most database outages, and RunComfy repeats its call for 24 hours.
 */
const PENDING_MS = 3 * 60_000;

/** Minimum time between two log lines about refused calls, in milliseconds. */
const LOG_EVERY_MS = 60_000;

/** Calls share a credential for this many milliseconds. If its token was just replaced, RunComfy repeats the call. */
const SHARED_MS = 5_000;

/**
 * The events that a trigger has received. A trigger that remembers no events accepts every event, however often it
 * arrives.
 */
export function receivedBy(trigger: string, remembers: boolean): ReceivedCallbacks {
	const all = runtime.receivedCallbacks;
	const received = all.get(trigger) ?? createReceived(remembers);
	all.set(trigger, received);
	return received;
}

function createReceived(remembers: boolean): ReceivedCallbacks {
	const times = new Recent<string, number>(remembers ? REMEMBERED : 0);
	const check = new CallbackCheck(times, CLOCK);
	const refused = { count: 0, loggedAt: undefined };
	return { check, pending: new Map(), refused, times, stored: [] };
}

/** Marks an event as about to be stored. @returns false if the event is already marked */
export function markPending(
	{ pending }: ReceivedCallbacks,
	event: string,
	hasFailed: () => boolean,
): boolean {
	const now = performance.now();
	for (const [one, { until, hasFailed: failed }] of pending) {
		if (until <= now || failed()) pending.delete(one);
	}
	if (pending.has(event)) return false;
	pending.set(event, { until: now + PENDING_MS, hasFailed });
	return true;
}

/** Marks an event as stored, so that it is not delivered again. */
export function markStored({ pending, times }: ReceivedCallbacks, event: string): void {
	pending.delete(event);
	times.set(event, Date.now());
}

/**
 * The credential, shared by callbacks that arrive together. To read it, n8n starts a V8 isolate, which takes longer
 * than the rest of the work for a callback.
 */
export function shareCredential(
	received: ReceivedCallbacks,
	read: () => Promise<Credential>,
): Promise<Credential> {
	const now = performance.now();
	const { credential } = received;
	if (credential && now < credential.until) return credential.data;
	const data = read();
	received.credential = { data, until: now + SHARED_MS };
	data.catch(() => delete received.credential);
	return data;
}

/** Counts a refused call. @returns how many refused calls to log now */
export function countRefused({ refused }: ReceivedCallbacks): number {
	const now = performance.now();
	refused.count += 1;
	if (refused.loggedAt !== undefined && now - refused.loggedAt < LOG_EVERY_MS) return 0;
	const { count } = refused;
	Object.assign(refused, { count: 0, loggedAt: now });
	return count;
}

/** Adds events that this or another process has stored, and drops old ones. */
export function readStored({ times }: ReceivedCallbacks, { delivered }: IDataObject): void {
	const since = Date.now() - REMEMBERED_MS;
	for (const [event, at] of times) {
		if (at >= since) break;
		times.delete(event);
	}
	const unknown = parseLines(delivered).filter(([event, at]) => at >= since && !times.has(event));
	if (unknown.length === 0) return;
	const all = [...times, ...unknown].sort(([, a], [, b]) => a - b);
	times.clear();
	for (const [event, at] of all) times.set(event, at);
}

/** Copies the events into the data that n8n stores. */
export function writeStored({ times, stored }: ReceivedCallbacks, staticData: IDataObject): void {
	stored.splice(0, stored.length, ...[...times].map(([event, at]) => `${at} ${event}`));
	staticData['delivered'] = stored;
}

function parseLines(lines: unknown): Array<[event: string, at: number]> {
	if (!Array.isArray(lines)) return [];
	return lines.flatMap((line: unknown) => {
		const [, at, event] =
			typeof line === 'string' ? (/^(\d{1,15}) (.{1,300})$/.exec(line) ?? []) : [];
		return at !== undefined && event !== undefined ? [[event, Number(at)]] : [];
	});
}
