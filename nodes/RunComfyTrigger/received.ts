import type { IDataObject } from 'n8n-workflow';
import { createCallbackCheck } from '../../core';
import { type ReceivedCallbacks, runtime } from '../RunComfy/runtime';

/** Milliseconds: RunComfy keeps results for 7 days, and repeats a callback for one. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Events of one trigger that a process remembers. */
const REMEMBERED = 10_000;

/** Of those, the newest that n8n stores: it writes all of them with each event. */
const STORED = 1_000;

/** What a trigger has received. One that does not remember takes every event, however often it comes. */
export function receivedBy(trigger: string, remembers: boolean): ReceivedCallbacks {
	const all = runtime.receivedCallbacks;
	const received = all.get(trigger) ?? createReceived(remembers);
	all.set(trigger, received);
	return received;
}

function createReceived(remembers: boolean): ReceivedCallbacks {
	const times = new Map<string, number>();
	const known = {
		has: (event: string) => times.has(event),
		add(event: string) {
			if (remembers) remember(times, event, Date.now());
			return known as Set<string>;
		},
		delete: (event: string) => times.delete(event),
	};
	return { check: createCallbackCheck(known, () => performance.now()), times, stored: [] };
}

function remember(times: Map<string, number>, event: string, at: number): void {
	times.set(event, at);
	for (const [oldest, then] of times) {
		if (times.size <= REMEMBERED && then > Date.now() - KEPT_MS) break;
		times.delete(oldest);
	}
}

/** Adds what n8n has stored for an earlier process, or another one. */
export function recall({ times }: ReceivedCallbacks, { delivered }: IDataObject): void {
	const unknown = parseLines(delivered).filter(([event]) => !times.has(event));
	if (unknown.length === 0) return;
	const all = [...times, ...unknown].sort(([, a], [, b]) => a - b);
	times.clear();
	for (const [event, at] of all) remember(times, event, at);
}

/** Puts the newest events where n8n stores them. */
export function store({ times, stored }: ReceivedCallbacks, staticData: IDataObject): void {
	const newest = [...times].slice(-STORED);
	stored.splice(0, stored.length, ...newest.map(([event, at]) => `${at} ${event}`));
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
