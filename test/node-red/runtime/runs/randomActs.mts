// Random events that may happen to the flows of a Node-RED.
import fc, {
	FAULT,
	type Fault,
	KIND,
	type Kind,
	type pathOf,
	REFUSAL,
	seconds,
} from '../../../support/random.mts';
import type { Moment } from '../../support/mortal.mts';

/** A run node, a submit node, and a result node that waits for the submit node's requests. */
export type NodeId = 'run' | 'submit' | 'result';

/** Their ids in the helper's flow, in which the node under test is `n`. */
export const IDS = { run: 'n', submit: 'submit', result: 'result' } as const;

export type DeployType = 'full' | 'flows' | 'nodes';

export type Act =
	| { do: 'pass'; ms: number }
	| { do: 'send'; to: 'run' | 'submit'; count: number; wrong: boolean; refusal: Fault | null }
	| { do: 'deploy'; type: DeployType; change: NodeId | 'account' | 'nothing' }
	/** Deletes a node, or restores it. */
	| { do: 'toggle'; type: DeployType; node: NodeId }
	/** A clean restart: of the process, or only of the flows in it. */
	| { do: 'restart'; of: 'process' | 'flows' }
	| { do: 'kill'; turns: number }
	| { do: 'killAt'; call: Parameters<typeof pathOf>[1]; moment: Omit<Moment, 'path'> }
	| { do: 'cancel'; by: 'node' | 'id' | 'sidebar' }
	| { do: 'fix' }
	| { do: 'fault'; fault: Fault }
	/** Free bytes on the disk. */
	| { do: 'disk'; room: number }
	/** US dollars on the account: without any, RunComfy refuses. */
	| { do: 'balance'; usd: number };

export interface Sequence {
	kind: Kind;
	runMs: number;
	/** Limit of the account. */
	concurrency: number;
	/** Whether the nodes check inputs before they submit. */
	checkInputs: boolean;
	/** How long the nodes wait. */
	waiting: { timeout: string; cancelOnTimeout: boolean };
	acts: Act[];
}

const DEPLOYS = fc.constantFrom<DeployType>('full', 'flows', 'nodes');

const NODES = fc.constantFrom<NodeId>('run', 'submit', 'result');

const CALLS = fc.constantFrom<Parameters<typeof pathOf>[1]>(
	...(['submit', 'submit', 'status', 'result', 'cancel'] as const),
);

const TURNS = fc.integer({ min: 0, max: 6 });

const MAYBE_REFUSED: fc.Arbitrary<Fault | null> = fc.option(REFUSAL, { freq: 2 });

const is = <Name extends Act['do']>(name: Name) => fc.constant(name);

const one = (weight: number, arbitrary: fc.Arbitrary<Act>) => ({ weight, arbitrary });

const ACT: fc.Arbitrary<Act> = fc.oneof(
	one(4, fc.record({ do: is('pass'), ms: seconds(120) })),
	one(2, fc.record({ do: is('pass'), ms: fc.integer({ min: 0, max: 900 }) })),
	one(
		8,
		fc.record({
			do: is('send'),
			to: fc.constantFrom('run', 'submit'),
			// More than eight messages do not all start at once.
			count: fc.constantFrom(1, 1, 1, 1, 2, 2, 9),
			wrong: fc.constantFrom(...[false, false, false, false, false, false, true]),
			refusal: MAYBE_REFUSED,
		}),
	),
	one(
		3,
		fc.record({
			do: is('deploy'),
			type: DEPLOYS,
			change: fc.oneof(NODES, fc.constantFrom('account' as const, 'nothing' as const)),
		}),
	),
	one(3, fc.record({ do: is('toggle'), type: DEPLOYS, node: NODES })),
	one(2, fc.record({ do: is('restart'), of: fc.constantFrom('process', 'flows') })),
	one(3, fc.record({ do: is('kill'), turns: TURNS })),
	one(
		3,
		fc.record({
			do: is('killAt'),
			call: CALLS,
			moment: fc.record({
				nth: fc.integer({ min: 1, max: 4 }),
				turns: TURNS,
			}),
		}),
	),
	one(
		2,
		fc.record({
			do: is('cancel'),
			by: fc.constantFrom('node', 'id', 'sidebar'),
		}),
	),
	one(2, fc.record({ do: is('disk'), room: fc.constantFrom(0, 0, 100, 700, Infinity) })),
	one(1, fc.record({ do: is('fix') })),
	one(3, fc.record({ do: is('fault'), fault: FAULT })),
	one(1, fc.record({ do: is('balance'), usd: fc.constantFrom(0, 30, 30) })),
	// The answer comes a little later than the next event.
	one(
		1,
		fc.record({
			do: is('fault'),
			fault: fc.constant({ name: 'slow_submit', ms: 20 } as const),
		}),
	),
);

export const SEQUENCE: fc.Arbitrary<Sequence> = fc.record({
	kind: KIND,
	runMs: fc.oneof(seconds(20), seconds(400)),
	concurrency: fc.constantFrom(1, 2, 10),
	checkInputs: fc.boolean(),
	waiting: fc.record({
		timeout: fc.constantFrom('0', '0', '15', '150'),
		cancelOnTimeout: fc.boolean(),
	}),
	acts: fc.array(ACT, { minLength: 1, maxLength: 15, size: 'max' }),
});
