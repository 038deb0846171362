import { type Progress, RunComfyError } from '../../../core';

/**
 * Decides when the node leaves n8n's memory: once all that it has begun is seen to be under way at
 * RunComfy, so that no submit and no download is broken off.
 */
export interface Parking {
	/** Aborts with `Parked` once it is time. */
	readonly signal: AbortSignal;
	/** The item is submitted, or its files are fetched. */
	begin(itemIndex: number): void;
	/** The request of the item was accepted: where its run is known to be long, that is enough. */
	accept(itemIndex: number, expectedMs: number | undefined, leftMs: number): void;
	/** The request of the item was looked at; it is waited for this many milliseconds longer. */
	look(itemIndex: number, progress: Progress, leftMs: number): void;
	/** Nothing more is done for the item. */
	end(itemIndex: number): void;
}

/** Why the items that are still under way are not waited for any longer: the next entry goes on. */
export class Parked extends Error {
	constructor() {
		super('The execution waits outside of the memory of n8n');
	}
}

/** Of an item that was not begun. */
export class NotStarted extends Error {}

/** Of an item that was left while it was under way, or not begun: nothing came of it yet. */
export function isInterrupted(error: unknown): boolean {
	return (
		error instanceof NotStarted || (error instanceof RunComfyError && error.code === 'aborted')
	);
}

/** @param ready whether it can be done at all: asked once, when it is about to be. */
export function createParking(ready: () => Promise<boolean>): Parking {
	const onlyWaits = new Map<number, boolean>();
	const parked = new AbortController();
	let answer: Promise<boolean> | undefined;
	const isTime = () => onlyWaits.size > 0 && [...onlyWaits.values()].every(Boolean);
	const consider = async () => {
		if (!isTime()) return;
		answer ??= ready().catch(() => false);
		if ((await answer) && isTime()) parked.abort(new Parked());
	};
	const wait = (itemIndex: number, only: boolean) => {
		onlyWaits.set(itemIndex, only);
		void consider();
	};
	return {
		signal: parked.signal,
		begin: (itemIndex) => void onlyWaits.set(itemIndex, false),
		accept(itemIndex, expectedMs = 0, leftMs) {
			wait(itemIndex, Math.min(expectedMs, leftMs) >= SOON_MS);
		},
		look(itemIndex, progress, leftMs) {
			wait(itemIndex, isUnderWay(progress) && leftMs >= SOON_MS && !endsSoon(progress));
		},
		end: (itemIndex) => void onlyWaits.delete(itemIndex),
	};
}

function isUnderWay({ status }: Progress): boolean {
	return status === 'in_queue' || status === 'in_progress';
}

/**
 * Milliseconds around the end, as earlier runs or the timeout have it, in which the node stays where it is: going
 * and coming back takes n8n about half a second, and the answer would come later by that.
 */
export const SOON_MS = 5_000;

function endsSoon({ status, expected_ms: expected, running_ms: running = 0 }: Progress): boolean {
	if (expected === undefined) return false;
	return status === 'in_queue' ? expected < SOON_MS : Math.abs(expected - running) < SOON_MS;
}
