import { type Progress, RunComfyError } from '../../../core';

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

/**
 * Decides when the node leaves n8n's memory: once RunComfy has accepted all that it has begun, so that
 * no submit and no download is broken off. Until n8n has stored the execution, the ids of its requests
 * are lost with the process: so it does not look at them first.
 */
export type Parking = ReturnType<typeof createParking>;

export interface ParkingOptions {
	/** Whether it can be done at all: asked once. */
	ready(): Promise<boolean>;
	/** Called if a run that is seen to go on has to be waited for in memory, since it was not ready. */
	onStay(): void;
}

export function createParking({ ready, onStay }: ParkingOptions) {
	const onlyWaits = new Map<number, boolean>();
	const parked = new AbortController();
	let answer: Promise<boolean> | undefined;
	const prepare = () => (answer ??= ready().catch(() => false));
	const isTime = () => onlyWaits.size > 0 && [...onlyWaits.values()].every(Boolean);
	const consider = async (seen: boolean) => {
		if (!isTime()) return;
		if (!(await prepare())) return void (seen && onStay());
		if (isTime()) parked.abort(new Parked());
	};
	const wait = (itemIndex: number, only: boolean, seen = false) => {
		onlyWaits.set(itemIndex, only);
		void consider(seen);
	};
	return {
		/** Aborts with `Parked` once it is time. */
		signal: parked.signal,
		/** Something is about to be submitted: what is needed to park may be got ready meanwhile. */
		prepare: () => void prepare(),
		/** The item is submitted, or its files are fetched. */
		begin: (itemIndex: number) => void onlyWaits.set(itemIndex, false),
		/** The request of the item was accepted; it is waited for this many milliseconds. */
		accept(itemIndex: number, leftMs: number): void {
			wait(itemIndex, leftMs >= SOON_MS);
		},
		/** The request of the item was looked at; it is waited for this many milliseconds longer. */
		look(itemIndex: number, { status }: Progress, leftMs: number): void {
			const underWay = status === 'in_queue' || status === 'in_progress';
			wait(itemIndex, underWay && leftMs >= SOON_MS, true);
		},
		/** Nothing more is done for the item. */
		end: (itemIndex: number) => void onlyWaits.delete(itemIndex),
	};
}

/** Milliseconds before the end of the timeout in which a node stays: parking takes about as long. */
const SOON_MS = 5_000;
