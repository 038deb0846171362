import type { IDataObject } from 'n8n-workflow';
import { CallbackCheck, Recent } from '../../core';
import { type ReceivedCallbacks, runtime } from '../RunComfy/runtime';
import { CLOCK, type Credential } from '../RunComfy/transport/host';

/** Events remembered for each trigger. n8n writes all of them with each event. */
const REMEMBERED = 10_000;

/** Milliseconds for which an event is remembered: as long as RunComfy repeats its call. */
const REMEMBERED_MS = 24 * 3_600_000;

/**
 * Milliseconds after which an event may be delivered again if n8n has not said whether it stored the execution. Longer
 * than most outages of a database, and RunComfy repeats its call for 24 hours.
 */
const PENDING_MS = 3 * 60_000;

/** Milliseconds between two lines in n8n's log about refused calls. */
const LOG_EVERY_MS = 60_000;

/** Milliseconds for which calls share a credential. If its token was just replaced, RunComfy repeats the call. */
const SHARED_MS = 5_000;

/** What a trigger has received. One that does not remember takes every event, however often it arrives. */
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

/** Marks an event as about to be stored. @returns false if it is marked already */
export function begin(
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
export function finish({ pending, times }: ReceivedCallbacks, event: string): void {
	pending.delete(event);
	times.set(event, Date.now());
}

/**
 * The credential, shared by callbacks that arrive together: n8n starts a V8 isolate to read it, which takes longer than
 * everything else about a callback.
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

/** Counts a refused call. @returns how many to log now */
export function countRefused({ refused }: ReceivedCallbacks): number {
	const now = performance.now();
	refused.count += 1;
	if (refused.loggedAt !== undefined && now - refused.loggedAt < LOG_EVERY_MS) return 0;
	const { count } = refused;
	Object.assign(refused, { count: 0, loggedAt: now });
	return count;
}

/** Adds events that other processes, or earlier ones, have stored, and drops old ones. */
export function recall({ times }: ReceivedCallbacks, { delivered }: IDataObject): void {
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

/** Puts the events into the data that n8n stores. */
export function store({ times, stored }: ReceivedCallbacks, staticData: IDataObject): void {
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
