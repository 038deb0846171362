import { checkBalance, type Client, RunComfyError } from '../../../core/index.js';

/** Keeps an account from being used up. */
export interface BalanceGuard {
	/**
	 * Asks for the balance, for all messages of a minute once; a limit of 0 is none.
	 * @throws RunComfyError `insufficient_funds` if it is below the limit, in US dollars; what the call throws
	 */
	refuseBelow(client: Client, limit: number): Promise<void>;
}

const GOOD_FOR_MS = 60_000;

export function createBalanceGuard(): BalanceGuard {
	let last: { until: number; limit: number; answer: Promise<unknown> } | undefined;
	return {
		async refuseBelow(client, limit) {
			if (limit === 0) return;
			const now = client.host.monotonic();
			if (last?.limit !== limit || now >= last.until) {
				const asked = { until: now + GOOD_FOR_MS, limit, answer: checkBalance(client, limit) };
				last = asked;
				asked.answer.catch((error: unknown) => {
					const isAnswer = error instanceof RunComfyError && error.code === 'insufficient_funds';
					if (!isAnswer && last === asked) last = undefined;
				});
			}
			await last.answer;
		},
	};
}

/** US dollars, from the field of a config node; 0 for none. */
export function readBalanceLimit(value: unknown): number {
	const limit = Number(value ?? 0);
	return limit > 0 ? limit : 0;
}
