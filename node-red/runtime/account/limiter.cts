import { RunComfyError } from '../../../core/index.js';

export interface EnterOptions {
	signal: AbortSignal;
	onWait: () => void;
	/** Absent: there is no limit on how many may wait. */
	queue?: Bound;
}

type Bound = Pick<Scheduling, 'queueLimit' | 'overflow'>;

interface Waiter {
	resolve(): void;
	reject(reason: unknown): void;
	signal: AbortSignal;
	abort(): void;
}

/** Lets at most so much work run at once; the rest waits in order of arrival. */
export function createLimiter() {
	const limits = new Map<string, number>();
	const waiting = new Set<Waiter>();
	let running = 0;
	// A deploy drops an owner before its successor is there: work that waits must not slip in between.
	let last = Infinity;

	const admit = () => {
		for (const waiter of waiting) {
			if (running >= (limits.size > 0 ? Math.min(...limits.values()) : last)) return;
			running += 1;
			remove(waiter);
			waiter.resolve();
		}
	};

	const remove = (waiter: Waiter) => {
		waiter.signal.removeEventListener('abort', waiter.abort);
		waiting.delete(waiter);
	};

	const refuse = (waiter: Waiter, reason: unknown) => {
		remove(waiter);
		waiter.reject(reason);
	};

	const enter = ({ signal, onWait, queue }: EnterOptions) =>
		new Promise<void>((resolve, reject) => {
			signal.throwIfAborted();
			const waiter = { resolve, reject, signal, abort: () => refuse(waiter, signal.reason) };
			signal.addEventListener('abort', waiter.abort);
			waiting.add(waiter);
			admit();
			if (!waiting.has(waiter)) return;
			if (queue) keepBound(waiter, queue);
			if (waiting.has(waiter)) onWait();
		});

	const keepBound = (newest: Waiter, { queueLimit, overflow }: Bound) => {
		if (overflow === 'wait' || waiting.size <= queueLimit) return;
		const [oldest = newest] = waiting;
		const gone = overflow === 'error' ? newest : oldest;
		const facts = { hint: FULL_HINT, details: { reason: 'queue_full' } };
		refuse(gone, new RunComfyError('rate_limited', FULL[overflow], facts));
	};

	const occupy = async <T,>(work: () => Promise<T>) => {
		try {
			return await work();
		} finally {
			running -= 1;
			admit();
		}
	};

	return {
		/**
		 * Runs `work` as soon as there is room. Rejects as soon as `signal` aborts while it waits.
		 * `onWait` is called if there is no room yet and the work may wait.
		 * @throws RunComfyError `rate_limited` if too many wait already
		 */
		async run<T>(work: () => Promise<T>, options: EnterOptions): Promise<T> {
			await enter(options);
			return occupy(work);
		},
		/** Runs `work` at once and counts it: RunComfy already has its request. */
		join<T>(work: () => Promise<T>): Promise<T> {
			running += 1;
			return occupy(work);
		},
		/** Whether work waits for room. */
		isFull: () => waiting.size > 0,
		/** Sets the limit of one owner; the smallest limit of all owners counts. */
		setLimit(owner: string, limit: number) {
			limits.set(owner, limit);
			admit();
		},
		dropLimit(owner: string) {
			last = Math.min(...limits.values());
			limits.delete(owner);
			admit();
		},
	};
}

const FULL = {
	error: 'The queue of this account is full',
	drop: 'The message gave its place in the queue to a newer one',
};

const FULL_HINT =
	'Nothing was submitted for the message. Send fewer messages at once, or raise the queue limit in the account.';

/** What an account does with more messages than may run at once. */
export interface Scheduling {
	/** How many may wait. */
	queueLimit: number;
	/** What a message beyond that does: fail, wait all the same, or take the oldest one's place. */
	overflow: 'error' | 'wait' | 'drop';
	/** Whether a message cancels the same node's earlier ones of its topic. */
	latestWins: boolean;
}

/** Messages that may wait unless the account says otherwise. */
export const QUEUE_LIMIT = 100;

/** From the fields of a config node; what is absent or unknown is the default. */
export function readScheduling(def: object): Scheduling {
	const { queueLimit, overflow, latestWins } = def as Record<string, unknown>;
	return {
		queueLimit: readLimit(queueLimit),
		overflow: overflow === 'error' || overflow === 'drop' ? overflow : 'wait',
		latestWins: latestWins === true || latestWins === 'true',
	};
}

function readLimit(value: unknown): number {
	const number = Math.floor(Number(value));
	const given = value !== undefined && value !== null && String(value).trim() !== '';
	return given && number >= 0 ? number : QUEUE_LIMIT;
}
