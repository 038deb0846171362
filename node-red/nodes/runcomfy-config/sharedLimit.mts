/** An account in the editor. */
export interface ListedAccount {
	id: string;
	name?: unknown;
	baseUrl?: unknown;
	concurrency?: unknown;
}

/**
 * Finds the accounts that may have the token of this one, but have another limit. The smallest limit of a token holds
 * for all its accounts. The editor does not know the tokens, so the dialog can only warn.
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
