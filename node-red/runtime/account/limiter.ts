import { Place, PlaceQueue } from './places';

export type { Place } from './places';

interface EnterOptions {
	/** Its place in the order of arrival; last if absent. */
	place?: Place | undefined;
	signal: AbortSignal;
	/** Called if the work cannot start at once. */
	onWait?: () => void;
}

/**
 * Limits how many runs of an account go on at once, across deploys; the others wait in order of arrival. Accounts with
 * the same token share one limit.
 */
export class Limiter {
	running = 0;
	/** Places that wait for their turn. */
	readonly waiting = new PlaceQueue();
	/** Places whose messages are being read, before they wait for their turn. */
	readonly reading = new PlaceQueue();
	/** The config node that sets the limit. After its deletion, the limit applies only to the runs it left behind. */
	owner: unknown;
	limit: number;
	#shared = new SharedLimit();

	constructor(limit = Infinity) {
		this.limit = limit;
		this.#shared.members.add(this);
	}

	/** Takes a place when a message arrives, or, with its original time of arrival, when a later process resumes it. */
	take(arrivedAt = Infinity): Place {
		const place = new Place(this, arrivedAt);
		this.reading.add(place);
		return place;
	}

	/**
	 * Runs `work` once there is room and every earlier place has gone first. The same place may enter again. Rejects if
	 * `signal` aborts during the wait.
	 */
	async run<T>(work: () => Promise<T>, options: EnterOptions): Promise<T> {
		await this.#enter(options);
		return this.#occupy(work);
	}

	/** Counts and runs `work` at once, because RunComfy already has its request. */
	join<T>(work: () => Promise<T>): Promise<T> {
		this.running += 1;
		return this.#occupy(work);
	}

	/** Changes the limit and the accounts that share it. Running and waiting work moves along. */
	setLimit(limit: number, shared = this.#shared): void {
		this.limit = limit;
		this.#shared.members.delete(this);
		void this.#shared.admitSoon();
		shared.members.add(this);
		void shared.admitSoon();
		this.#shared = shared;
	}

	/** Call this when a config node was deleted. */
	release(owner: unknown): void {
		if (this.owner !== owner) return;
		this.owner = undefined;
		void this.#shared.admitSoon();
	}

	/** Starts waiting work as far as the limit allows. */
	admit(): void {
		this.#shared.admit();
	}

	#enter({ place = new Place(this, Infinity), signal, onWait }: EnterOptions): Promise<void> {
		return new Promise((resolve, reject) => {
			signal.throwIfAborted();
			const { home } = place;
			place.home = this;
			place.wait(this.waiting, { signal, resolve, reject });
			// The place may have moved here from another account: places behind it there can go on.
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

/** A limit that several accounts share: the smallest of theirs. */
export class SharedLimit {
	readonly members = new Set<Limiter>();
	/** Fires when a place has held others back for ten seconds while its message is read. */
	#alarm: { place: Place; stop: AbortController } | undefined;

	/** Starts waiting work as far as the limit allows. */
	admit(): void {
		for (;;) {
			const reading = this.#firstOf('reading');
			if (reading && isReadTooLong(reading)) {
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

	/** Like `admit`, but after the current deploy has set all limits. */
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
		// Without a deadline, reading has not started and takes only a few turns of the event loop.
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

/** Whether reading a message has taken so long that it no longer holds others back. */
function isReadTooLong({ reading }: Place): boolean {
	return reading !== undefined && reading.clock.monotonic() >= reading.until;
}
