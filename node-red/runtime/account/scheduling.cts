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
