// Every way in which the service, or what stands between, may fail one exchange.
import { BODIES, HARMLESS } from './bodies.mts';
import type { Fault } from './fault.mts';
import { LOOPS, NETWORK, REDIRECTS } from './network.mts';
import { ECHOES, ERRORS_IN_200, STATUSES } from './statuses.mts';

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
