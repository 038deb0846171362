// What may happen to an execution, at random.
import fc from '../../support/properties.mts';
import {
	FAULT,
	type Fault,
	KIND,
	type Kind,
	type pathOf,
	seconds,
} from '../../support/randomFaults.mts';
import { RETRY } from '../support/paying.mts';
import type { Json } from '../support/rig.mts';

export type Act =
	| { do: 'pass'; ms: number }
	| { do: 'timer' | 'delete' | 'retry' | 'fix' }
	| { do: 'stop'; by: 'worker' | 'main' }
	| { do: 'kill'; keepsAddress: boolean }
	/** At the nth such call from now on, once it has been sent. */
	| { do: 'killAtCall'; call: Parameters<typeof pathOf>[1]; nth: number }
	| { do: 'unreachable'; for: number }
	| { do: 'fault'; fault: Fault };

export interface Sequence {
	kind: Kind;
	items: number;
	runMs: number;
	options: Json;
	settings: Json;
	acts: Act[];
}

const ACT: fc.Arbitrary<Act> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: seconds(120) }) },
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant('pass' as const),
			ms: fc.integer({ min: 0, max: 900 }),
		}),
	},
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('timer' as const) }) },
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('retry' as const) }) },
	{
		weight: 1,
		arbitrary: fc.oneof(
			fc.record({ do: fc.constantFrom('delete' as const, 'fix' as const) }),
			fc.record({
				do: fc.constant('stop' as const),
				by: fc.constantFrom('worker' as const, 'main' as const),
			}),
		),
	},
	{
		weight: 2,
		arbitrary: fc.record({ do: fc.constant('kill' as const), keepsAddress: fc.boolean() }),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant('killAtCall' as const),
			call: fc.constantFrom('submit' as const, 'status' as const, 'result' as const),
			nth: fc.integer({ min: 1, max: 4 }),
		}),
	},
	{
		weight: 1,
		arbitrary: fc.record({ do: fc.constant('unreachable' as const), for: seconds(120) }),
	},
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('fault' as const), fault: FAULT }) },
);

export const SEQUENCE: fc.Arbitrary<Sequence> = fc.record({
	kind: KIND,
	items: fc.integer({ min: 1, max: 3 }),
	runMs: fc.oneof(seconds(20), seconds(400)),
	options: fc.record({
		waitMode: fc.constantFrom('auto', 'auto', 'suspend', 'poll'),
		timeout: fc.constantFrom(0, 0, 15, 150),
		cancelOnTimeout: fc.boolean(),
		concurrency: fc.integer({ min: 1, max: 3 }),
	}),
	settings: fc.constantFrom<Json>({}, {}, RETRY, { onError: 'continueRegularOutput' }),
	acts: fc.array(ACT, { minLength: 1, maxLength: 12 }),
});
