// Random events that may happen to an execution.
import fc from '../../support/properties.mts';
import {
	FAULT,
	type Fault,
	KIND,
	type Kind,
	type pathOf,
	REFUSAL,
	seconds,
} from '../../support/randomFaults.mts';
import { type Json, RETRY } from '../support/rig.mts';

export type Act =
	| { do: 'pass'; ms: number }
	| { do: 'timer' | 'delete' | 'retry' | 'fix' }
	| { do: 'stop'; by: 'worker' | 'main' }
	| { do: 'kill'; keepsAddress: boolean }
	/** At the nth such call from now on, once it has been sent. */
	| { do: 'killAtCall'; call: Parameters<typeof pathOf>[1]; nth: number }
	| { do: 'unreachable'; for: number }
	| { do: 'fault'; fault: Fault }
	| { do: 'refusal'; fault: Fault }
	| { do: 'balance'; usd: number }
	/** From now on, this item has a value that cannot be right. */
	| { do: 'wrong'; item: number };

export interface Sequence {
	kind: Kind;
	items: number;
	runMs: number;
	/** How many runs go at the same time. The others queue, so they end one after another. */
	instances: number;
	options: Json;
	settings: Json;
	acts: Act[];
}

const is = <Name extends Act['do']>(name: Name) => fc.constant(name);

const one = (weight: number, arbitrary: fc.Arbitrary<Act>) => ({ weight, arbitrary });

/** Strikes the first item, or one after it. */
const LATER_REFUSAL = fc
	.tuple(REFUSAL, fc.integer({ min: 0, max: 2 }))
	.map(([fault, after]) => ({ ...fault, after }));

/** Nothing here is a reason to cancel what is paid for. */
const HARMLESS = [
	one(4, fc.record({ do: is('pass'), ms: seconds(120) })),
	one(2, fc.record({ do: is('pass'), ms: fc.integer({ min: 0, max: 900 }) })),
	one(3, fc.record({ do: is('timer') })),
	one(5, fc.record({ do: is('retry') })),
	one(2, fc.record({ do: is('fix') })),
	one(2, fc.record({ do: is('kill'), keepsAddress: fc.boolean() })),
	one(
		2,
		fc.record({
			do: is('killAtCall'),
			call: fc.constantFrom('submit' as const, 'status' as const, 'result' as const),
			nth: fc.integer({ min: 1, max: 4 }),
		}),
	),
	one(1, fc.record({ do: is('unreachable'), for: seconds(120) })),
	one(3, fc.record({ do: is('refusal'), fault: LATER_REFUSAL })),
	one(2, fc.record({ do: is('balance'), usd: fc.constantFrom(0, 1, 25) })),
	// There are at most three items, so the fourth has no mistake.
	one(3, fc.record({ do: is('wrong'), item: fc.integer({ min: 0, max: 3 }) })),
];

/** Applies to the next runs. */
const BAD_ENDS: fc.Arbitrary<Fault> = fc.record({
	name: fc.constantFrom('run_failed' as const, 'run_canceled' as const),
	times: fc.integer({ min: 1, max: 6 }),
});

const REASONS = [
	one(1, fc.record({ do: is('delete') })),
	one(1, fc.record({ do: is('stop'), by: fc.constantFrom('worker' as const, 'main' as const) })),
	one(12, fc.record({ do: is('fault'), fault: FAULT })),
	one(6, fc.record({ do: is('fault'), fault: BAD_ENDS })),
];

const acts = (from: typeof HARMLESS) =>
	fc.array(fc.oneof(...from), { minLength: 1, maxLength: 12, size: 'max' });

export const SEQUENCE: fc.Arbitrary<Sequence> = fc.record({
	kind: KIND,
	items: fc.constantFrom(1, 2, 3, 3),
	runMs: fc.oneof(seconds(20), seconds(400)),
	instances: fc.constantFrom(1, 10),
	options: fc.record({
		waitMode: fc.constantFrom('auto', 'auto', 'suspend', 'poll'),
		timeout: fc.constantFrom(0, 0, 15, 150),
		cancelOnTimeout: fc.boolean(),
		concurrency: fc.integer({ min: 1, max: 3 }),
		checkInputs: fc.boolean(),
		retryFailedRuns: fc.constantFrom(true, true, false),
		stopBelowBalance: fc.constantFrom(0, 5),
	}),
	settings: fc.constantFrom<Json>(
		...([{}, {}, RETRY, RETRY, RETRY] as const),
		...([
			{ onError: 'continueRegularOutput' },
			{ ...RETRY, onError: 'continueRegularOutput' },
		] as const),
	),
	acts: fc.oneof(acts(HARMLESS), acts([...HARMLESS, ...REASONS])),
});
