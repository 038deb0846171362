import type { Host } from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';

type Clock = Pick<Host, 'monotonic' | 'sleep'>;

/** Milliseconds for which a message that is being read holds back those behind it. */
const READ_MS = 10_000;

const arrivals = perRuntime(() => ({ count: 0 }));

/** Where the places are that wait for each other. */
interface Home {
	/** How many of them have gone on, and have not come back yet. */
	running: number;
	/** Lets those go on that can. */
	admit(): void;
}

interface Turn {
	signal: AbortSignal;
	resolve(): void;
	reject(reason: unknown): void;
}

/**
 * A message's place in the order of arrival: taken when the message comes, and kept until its run has ended. It holds
 * those behind it back while it waits for its turn, and for ten seconds at most while the message is read.
 */
export class Place {
	/** Where it is at the moment, and at which index. Nobody waits for a place that is in no queue. */
	queue: PlaceQueue | undefined;
	index = 0;
	/** While the message is being read. */
	reading: { clock: Clock; until: number } | undefined;
	/** While it waits for its turn. Thousands may wait, so it listens to its signal itself, without a closure. */
	#turn: Turn | undefined;
	readonly #arrivedAt: number;
	readonly #number = (arrivals().count += 1);

	constructor(
		public home: Home,
		arrivedAt: number,
	) {
		this.#arrivedAt = arrivedAt;
	}

	/** To be called when the message begins to be read. */
	read(clock: Clock): void {
		this.reading = { clock, until: clock.monotonic() + READ_MS };
		this.home.admit();
	}

	/** To be called when the run has ended, or waits for something else than its turn: nobody waits for it then. */
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

	/** Lets it go on: it is its turn. */
	goOn(): void {
		this.queue?.remove(this);
		this.home.running += 1;
		this.#turn?.signal.removeEventListener('abort', this);
		this.#turn?.resolve();
		this.#turn = undefined;
	}

	/** What its signal calls when it aborts. */
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

/** Places, the earliest first. Thousands may come and go in any order, so it is a heap. */
export class PlaceQueue {
	readonly #heap: Place[] = [];

	get first(): Place | undefined {
		return this.#heap[0];
	}

	/** Puts a place in, and takes it out of where it was. */
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

	/** Puts a place where a gap is, or above. */
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

	/** Moves a gap down to where nothing is below it. @returns its index there */
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
