// n8n: every way that an item can take, with all effects of n8n and the node.
import type { Kill } from '../lives.mts';
import { elsewhere, type End, exchange, type Point, pointsOf, type Row } from '../points.mts';

const at = (name: string, nth = 1) => ({ name, nth });

const RUNS = 'n8n stores that the execution runs';

const check = exchange('delivered', 'deployment', 'node types');

const fetch = (end: End): Row[] => [
	...exchange(end, 'file'),
	['make binary_data', end],
	['write *.tmp.*', end],
	['rename *.tmp.*', end],
	['write *.metadata.tmp.*', end],
	['rename *.metadata.tmp.*', end],
];

const submit: Row[] = [
	['ask for submit', 'delivered'],
	['answer to submit', 'not known'],
	['the id is logged', 'not known'],
];

/** The status is polled while the submit is on its way, so either may be answered first. */
const ADDRESS = 'the address of n8n';
const UNDER_WAY = ['delivered', 'in the log', 'not known'] as const;

const start: Row[] = [
	...check,
	[`ask for ${ADDRESS}`, 'delivered'],
	...submit,
	[`answer to ${ADDRESS}`, UNDER_WAY],
];

const WAITING = 'n8n stores the execution as waiting';
const STORED = 'n8n has stored it';

/** The watcher's first status call need not wait for the database. */
const wake = (first: Row[1]): Row[] => [
	[STORED, 'delivered'],
	...exchange(first, 'status'),
	...exchange('delivered', 'status', 'result'),
	[`ask for ${ADDRESS}`, 'delivered'],
	[RUNS, 'delivered'],
	[`answer to ${ADDRESS}`, 'delivered'],
	...exchange('delivered', 'result'),
	...fetch('delivered'),
];

const end: Row[] = [
	['the items are handed on', 'delivered'],
	['n8n stores the execution as success', 'delivered again'],
];

/** One way that an item takes through n8n. */
export interface Way {
	waitMode: 'auto' | 'poll';
	/** Settings of the workflow. */
	settings?: object;
	/** Where earlier lives are killed before the one under test. */
	before?: Kill[];
}

export interface NamedWay extends Way {
	points: Point[];
}

const AROUND_SUBMIT = ['answer to submit', WAITING];

export const WAYS: Record<string, NamedWay> = {
	'in memory': {
		waitMode: 'poll',
		points: pointsOf([
			// Without this effect, there is no execution.
			[RUNS, 'delivered'],
			...check,
			...submit,
			...exchange('in the log', 'status', 'status', 'result'),
			...fetch('in the log'),
			['the items are handed on', 'in the log'],
			['n8n stores the execution as success', 'in the log'],
		]),
	},
	parked: {
		waitMode: 'auto',
		points: pointsOf(
			[
				[RUNS, 'delivered'],
				...start,
				[WAITING, 'in the log'],
				...wake(['delivered', 'in the log']),
				...end,
			],
			AROUND_SUBMIT,
		),
	},
	'parked, with the progress of executions saved': {
		waitMode: 'auto',
		settings: { saveExecutionProgress: true },
		points: pointsOf([
			...elsewhere([[RUNS, 'delivered']]),
			['n8n stores the progress after Start', 'delivered'],
			...elsewhere(start),
			['n8n stores the progress after Step 1', 'in the log'],
			[WAITING, 'delivered'],
			...elsewhere(wake('delivered')),
			['n8n stores the progress after Step 1', 'delivered'],
			['the items are handed on', 'delivered'],
			['n8n stores the progress after End', 'delivered again'],
			// n8n has stored that the execution is finished.
			['n8n stores the execution as success', 'delivered'],
		]),
	},
	'parked, after a restart': {
		waitMode: 'auto',
		before: [at(STORED)],
		points: pointsOf([
			[RUNS, 'delivered'],
			...exchange('delivered', 'result', 'status', ADDRESS),
			[WAITING, 'delivered'],
			// The first life has already made one of the calls.
			...elsewhere([[STORED, 'delivered'], ...wake('delivered').slice(3), ...end]),
		]),
	},
	'parked, retried after a crash that came when it had gone on': {
		waitMode: 'auto',
		before: [at('ask for file')],
		points: pointsOf([
			[RUNS, 'delivered'],
			...exchange('delivered', 'result'),
			...fetch('delivered'),
			...end,
		]),
	},
};
