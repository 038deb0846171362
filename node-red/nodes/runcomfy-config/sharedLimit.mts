/** An account as the editor holds it. */
export interface ListedAccount {
	id: string;
	name?: unknown;
	baseUrl?: unknown;
	concurrency?: unknown;
}

/**
 * Accounts that may have the same token, and have another limit: if they do, the smallest limit holds for
 * all of them. The editor knows no tokens, so it can only say that.
 * @returns such as "Studio (3), Test (10)"; empty if there are none
 */
export function otherLimits(own: ListedAccount, all: readonly ListedAccount[]): string {
	return all
		.filter(({ id }) => id !== own.id)
		.filter((other) => addressOf(other) === addressOf(own) && limitOf(other) !== limitOf(own))
		.map((other) => `${String(other.name || other.id)} (${limitOf(other)})`)
		.join(', ');
}

function addressOf({ baseUrl }: ListedAccount): string {
	return String(baseUrl ?? '')
		.trim()
		.replace(/\/$/, '');
}

function limitOf({ concurrency }: ListedAccount): string {
	return String(concurrency ?? '').trim();
}
