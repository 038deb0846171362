// Every way in which the service, or what stands between, may fail one exchange.
import type { Reply } from '../../core/support/virtualHost.mts';
import { BODIES, HARMLESS } from './bodies.mts';
import { LOOPS, NETWORK, REDIRECTS } from './network.mts';
import { ECHOES, ERRORS_IN_200, STATUSES } from './statuses.mts';

/** What a fault comes down to: one row of the table of what is right. */
export type Kind =
	| 'undelivered'
	| 'broken'
	| 'silent'
	| 'cut_off'
	| 'redirect'
	| 'redirect_loop'
	| 'unauthorized'
	| 'unpaid'
	| 'forbidden'
	| 'missing'
	| 'gone'
	| 'malformed'
	| 'refused'
	| 'no_funds'
	| 'disabled'
	| 'deleted'
	| 'late'
	| 'throttled'
	| 'throttled_inside'
	| 'throttled_long'
	| 'unavailable'
	| 'unavailable_told'
	| 'unavailable_long'
	| 'page'
	| 'text'
	| 'empty'
	| 'wrong_form'
	| 'too_large'
	| 'harmless';

export interface Fault {
	name: string;
	kind: Kind;
	/** In the place of the good answer, whose body is a text. */
	answer(good: Good): Reply | Error;
	/** In its place where the host asks for a stream; the same where absent. */
	streamed?(good: Good): Reply | Error;
	/** Milliseconds that the service asks to wait. */
	waitMs?: number;
	/** Only where an answer is JSON of the API. */
	apiOnly?: true;
}

/** A good answer, and where it was asked for. */
interface Good {
	url: string;
	body: string;
	/** What a host sends along with it. */
	token: string;
}

export const FAULTS: readonly Fault[] = [
	...NETWORK,
	...REDIRECTS,
	...LOOPS,
	...STATUSES,
	...ERRORS_IN_200,
	...BODIES,
	...HARMLESS,
	...ECHOES,
];
