// Every way in which the service, or something in front of it, may fail one exchange.
import type { Reply } from '../../core/support/virtualHost.mts';
import { BODIES, HARMLESS } from './bodies.mts';
import { LOOPS, NETWORK, REDIRECTS } from './network.mts';
import { ECHOES, ERRORS_IN_200, STATUSES } from './statuses.mts';

/** The category of a fault: one row in the table of correct behavior. */
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
	/** What comes in place of the good answer, which has a text as its body. */
	answer(good: Good): Reply | Error;
	/** What comes instead if the host asks for a stream; the same if absent. */
	streamed?(good: Good): Reply | Error;
	/** Milliseconds that the service asks to wait. */
	waitMs?: number;
	/** Only for answers that are JSON of the API. */
	apiOnly?: true;
}

/** A good answer, and the address that it was asked for. */
interface Good {
	url: string;
	body: string;
	/** What a host sends with the request. */
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
