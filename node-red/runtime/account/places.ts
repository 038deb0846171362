import type { Host } from '../../../core';
import { perRuntime } from '../runtime';

type Clock = Pick<Host, 'monotonic' | 'sleep'>;

/** A message that is being read holds back later ones for at most this long, in milliseconds. */
const READ_MS = 10_000;

const arrivals = perRuntime(() => ({ count: 0 }));

/** The limiter that a place belongs to. */
interface Home {
	/** Number of places whose work has started and not ended. */
	running: number;
	/** Starts waiting work as far as the limit allows. */
	admit(): void;
}

interface Turn {
	signal: AbortSignal;
	resolve(): void;
	reject(reason: unknown): void;
}

/**
 * A message's place in the order of arrival, from its arrival to the end of its run. It holds later places back while
 * it waits for its turn, and for at most ten seconds while the message is read.
 */
export class Place {
	/** The current queue and the index in it. A place outside of any queue holds nobody back. */
	queue: PlaceQueue | undefined;
	index = 0;
	/** Set while the message is being read. */
	reading: { clock: Clock; until: number } | undefined;
	/**
	 * Set while the place waits for its turn. It listens to the signal itself, because a closure for each of thousands
	 * would cost memory.
	 */
	#turn: Turn | undefined;
	readonly #arrivedAt: number;
	readonly #number = (arrivals().count += 1);

	constructor(
		public home: Home,
		arrivedAt: number,
	) {
		this.#arrivedAt = arrivedAt;
	}

	/** Call this when reading the message begins. */
	read(clock: Clock): void {
		this.reading = { clock, until: clock.monotonic() + READ_MS };
		this.home.admit();
	}

	/** Call this when the run has ended, or waits for anything but its turn: it then holds nobody back. */
	leave(): void {
		if (!this.queue) return;
		this.queue.remove(this);
		this.home.admit();
	}

	/** Waits for its turn. */
	wait(queue: PlaceQueue, turn: Turn): void {
		this.reading = undefined;
		this.#turn = turn;
		turn.signal.addEventListener('abort', this, { once: true });
		queue.add(this);
	}

	/** Ends the wait: it is this place's turn. */
	goOn(): void {
		this.queue?.remove(this);
		this.home.running += 1;
		this.#turn?.signal.removeEventListener('abort', this);
		this.#turn?.resolve();
		this.#turn = undefined;
	}

	/** Called by the signal when it aborts. */
	handleEvent(): void {
		this.leave();
		this.#turn?.reject(this.#turn.signal.reason);
		this.#turn = undefined;
	}

	isBefore(other: Place): boolean {
		if (this.#arrivedAt !== other.#arrivedAt) return this.#arrivedAt < other.#arrivedAt;
		return this.#number < other.#number;
	}
}

/** A queue of places, earliest first. A heap, because thousands may come and go in any order. */
export class PlaceQueue {
	readonly #heap: Place[] = [];

	get first(): Place | undefined {
		return this.#heap[0];
	}

	/** Adds a place, and removes it from its former queue. */
	add(place: Place): void {
		place.queue?.remove(place);
		place.queue = this;
		this.#raise(place, this.#heap.length);
	}

	remove(place: Place): void {
		place.queue = undefined;
		const last = this.#heap.pop();
		if (last && last !== place) this.#raise(last, this.#sink(place.index));
	}

	/** Fills a gap with a place, or moves the place further up if it is earlier than those above. */
	#raise(place: Place, gap: number): void {
		let index = gap;
		while (index > 0) {
			const above = this.#heap[(index - 1) >> 1];
			if (!above || above.isBefore(place)) break;
			const { index: free } = above;
			this.#put(above, index);
			index = free;
		}
		this.#put(place, index);
	}

	/** Moves a gap down to a leaf of the heap. @returns its index there */
	#sink(from: number): number {
		let gap = from;
		for (;;) {
			const left = this.#heap[2 * gap + 1];
			const right = this.#heap[2 * gap + 2];
			const earlier = left && right?.isBefore(left) ? right : left;
			if (!earlier) return gap;
			const { index } = earlier;
			this.#put(earlier, gap);
			gap = index;
		}
	}

	#put(place: Place, index: number): void {
		this.#heap[index] = place;
		place.index = index;
	}
}
