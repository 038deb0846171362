import { Place, PlaceQueue } from './places.cjs';

export type { Place } from './places.cjs';

interface EnterOptions {
	/** Where it is in the order of arrival; at the end if absent. */
	place?: Place | undefined;
	signal: AbortSignal;
	/** Called if it cannot go on at once. */
	onWait?: () => void;
}

/**
 * Lets at most so much work run at once; the rest waits in order of arrival. It belongs to an account, over all of its
 * deploys; accounts that are the same one for RunComfy have a limit together.
 */
export class Limiter {
	running = 0;
	/** Those that wait for their turn. */
	readonly waiting = new PlaceQueue();
	/** Those that are read, and will then wait for their turn. */
	readonly reading = new PlaceQueue();
	/** The config node whose limit counts. Once it is gone, the limit counts for what it has left only. */
	owner: unknown;
	limit: number;
	#shared = new SharedLimit();

	constructor(limit = Infinity) {
		this.limit = limit;
		this.#shared.members.add(this);
	}

	/** Call this when a message arrives, or, with its time of arrival, when a later process resumes it. */
	take(arrivedAt = Infinity): Place {
		const place = new Place(this, arrivedAt);
		this.reading.add(place);
		return place;
	}

	/**
	 * Runs `work` as soon as there is room, and nobody is before it. It may enter again at the same place. Rejects as
	 * soon as `signal` aborts while it waits.
	 */
	async run<T>(work: () => Promise<T>, options: EnterOptions): Promise<T> {
		await this.#enter(options);
		return this.#occupy(work);
	}

	/** Runs `work` at once and counts it: RunComfy already has its request. */
	join<T>(work: () => Promise<T>): Promise<T> {
		this.running += 1;
		return this.#occupy(work);
	}

	/** Sets the limit, and with whom it is shared from now on. What runs and waits comes along. */
	setLimit(limit: number, shared = this.#shared): void {
		this.limit = limit;
		this.#shared.members.delete(this);
		void this.#shared.admitSoon();
		shared.members.add(this);
		void shared.admitSoon();
		this.#shared = shared;
	}

	/** To be called when a config node is gone. */
	release(owner: unknown): void {
		if (this.owner !== owner) return;
		this.owner = undefined;
		void this.#shared.admitSoon();
	}

	/** Lets those go on that can. */
	admit(): void {
		this.#shared.admit();
	}

	#enter({ place = new Place(this, Infinity), signal, onWait }: EnterOptions): Promise<void> {
		return new Promise((resolve, reject) => {
			signal.throwIfAborted();
			const { home } = place;
			place.home = this;
			place.wait(this.waiting, { signal, resolve, reject });
			// If the account has another address by now, those behind it where it was may go on.
			home.admit();
			this.admit();
			if (place.queue) onWait?.();
		});
	}

	async #occupy<T>(work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} finally {
			this.running -= 1;
			this.admit();
		}
	}
}

/** A limit that several accounts have together: the smallest of theirs. */
export class SharedLimit {
	readonly members = new Set<Limiter>();
	/** What waits for the end of the ten seconds of a place that is being read. */
	#alarm: { place: Place; stop: AbortController } | undefined;

	/** Admits those that can go. */
	admit(): void {
		for (;;) {
			const reading = this.#firstOf('reading');
			if (reading && isLate(reading)) {
				reading.queue?.remove(reading);
				continue;
			}
			const next = this.#firstOf('waiting');
			const goes = next && this.#hasRoom();
			const heldBack = goes && reading?.isBefore(next) === true;
			this.#setAlarm(heldBack ? reading : undefined);
			if (!goes || heldBack) return;
			next.goOn();
		}
	}

	/** The same once a deploy has set all limits. */
	async admitSoon(): Promise<void> {
		await Promise.resolve();
		this.admit();
	}

	#firstOf(queue: 'reading' | 'waiting'): Place | undefined {
		let earliest: Place | undefined;
		for (const member of this.members) {
			const { first } = member[queue];
			if (first && !earliest?.isBefore(first)) earliest = first;
		}
		return earliest;
	}

	#hasRoom(): boolean {
		const all = [...this.members];
		const deployed = all.filter(({ owner }) => owner !== undefined);
		const limits = (deployed.length > 0 ? deployed : all).map(({ limit }) => limit);
		const running = all.reduce((sum, member) => sum + member.running, 0);
		return running < Math.min(...limits);
	}

	#setAlarm(place: Place | undefined): void {
		if (this.#alarm?.place === place) return;
		this.#alarm?.stop.abort();
		this.#alarm = undefined;
		// Before that, it is only a matter of turns of the event loop.
		if (!place?.reading) return;
		const { clock, until } = place.reading;
		const stop = new AbortController();
		this.#alarm = { place, stop };
		clock.sleep(until - clock.monotonic(), stop.signal).then(
			() => {
				this.#alarm = undefined;
				this.admit();
			},
			() => undefined,
		);
	}
}

/** Whether a place has been read for so long that nobody waits for it any more. */
function isLate({ reading }: Place): boolean {
	return reading !== undefined && reading.clock.monotonic() >= reading.until;
}
