import { perRuntime } from '../runtime';

/** A message's place in the queue of its account, from its arrival there until its request has ended. */
export class Place {
	/** Resolves when it is this place's turn. Rejects when it is given up before. */
	readonly turn: Promise<void>;
	#resolve = () => undefined as void;
	#reject: (reason: unknown) => void = () => undefined;

	constructor(readonly queue: AccountQueue) {
		this.turn = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
		// Nobody may be waiting for it.
		this.turn.catch(() => undefined);
	}

	admit(): void {
		this.#resolve();
	}

	/** Gives the place to the next message. Leaving again changes nothing. */
	leave(): void {
		this.queue.remove(this);
	}

	/** Ends the wait for a place that has left. */
	giveUp(reason: unknown): void {
		this.#reject(reason);
	}
}

/**
 * Limits how many requests of an account are at RunComfy at once. Further messages wait in order of arrival. The queue
 * outlives its account node.
 */
export class AccountQueue {
	#limit = 1;
	readonly #taken = new Set<Place>();
	readonly #waiting = new Set<Place>();

	setLimit(limit: number): void {
		this.#limit = limit;
		this.#admit();
	}

	/** Takes the last place. */
	enter(): Place {
		const place = new Place(this);
		this.#waiting.add(place);
		this.#admit();
		return place;
	}

	/** Takes a place at once, for a request that RunComfy already has. */
	join(): Place {
		const place = new Place(this);
		this.#taken.add(place);
		place.admit();
		return place;
	}

	remove(place: Place): void {
		this.#waiting.delete(place);
		if (this.#taken.delete(place)) this.#admit();
	}

	#admit(): void {
		for (const place of this.#waiting) {
			if (this.#taken.size >= this.#limit) return;
			this.#waiting.delete(place);
			this.#taken.add(place);
			place.admit();
		}
	}
}

const queues = perRuntime(() => new Map<string, AccountQueue>());

/** The queue of an account node. */
export function queueOf(accountId: string): AccountQueue {
	const queue = queues().get(accountId) ?? new AccountQueue();
	queues().set(accountId, queue);
	return queue;
}
