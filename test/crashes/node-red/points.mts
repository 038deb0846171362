// Node-RED: every way that a message may take, with all its effects, and the end if the process is killed there.
import type { Kill } from '../lives.mts';
import { type End, exchange, type Point, pointsOf, type Row } from '../points.mts';

const at = (name: string, nth = 1) => ({ name, nth });

/** The message arrives. */
const IN = 'the message comes in';

const TEMP = '*.*.tmp';
const FOLDER = 'fsync runcomfy-requests';

/** A step is written to a temporary file, which then takes the place of the last step. */
const write = (state: string, end: End): Row[] => [
	[`create ${TEMP}`, end],
	[`write ${TEMP} (${state})`, end, end],
];

/** The folder is made when the first file does not find it. */
const FIRST: Row = [`create ${TEMP}`, 'gone'];

/** From here on, nobody can know any more whether the submit was sent. */
const submit = (before: End): Row[] => [
	...write('submitting', before),
	[`fsync ${TEMP} (submitting)`, before],
	[`rename ${TEMP}`, before],
	[FOLDER, 'reported'],
	...exchange('reported', 'submit'),
	...write('accepted', 'reported'),
	[`rename ${TEMP}`, 'reported'],
];

/** What has just been written is made durable while the run goes on. */
const durable: Row[] = [
	['fsync *.json', 'delivered'],
	[FOLDER, 'delivered'],
];

const wait = exchange('delivered', 'status', 'status', 'result');

/** Before the submit, the node checks that files can be saved. */
const probe = (end: End): Row[] => [
	['make the folder of files', end],
	['write .*.part', end],
	['remove .*.part', end],
];

const save: Row[] = [
	...exchange('delivered', 'file'),
	['create .*.part', 'delivered'],
	['write .*.part', 'delivered'],
	['write ComfyUI_00001_.png', 'delivered'],
	['rename .*.part', 'delivered'],
	['remove .*.part', 'delivered'],
];

/** The message is claimed, sent, and forgotten. */
const handOn: Row[] = [
	['rename *.json', 'delivered'],
	['the message is handed on', 'delivered'],
	['remove *.out', 'delivered again'],
];

const check: Row[] = exchange('gone', 'deployment', 'node types');

/** One way that a message takes through Node-RED. */
export interface Way {
	type: 'runcomfy-run' | 'runcomfy-submit' | 'runcomfy-result';
	/** Fields of the node. */
	fields?: object;
	config?: { concurrency?: number };
	/** Number of messages, all in the first life; one by default. */
	messages?: number;
	/** Where earlier lives are killed before the one under test. */
	before?: Kill[];
}

export interface NamedWay extends Way {
	/** The first effect to test; another way covers the earlier ones. */
	from: string;
	points: Point[];
}

const AROUND_SUBMIT = [
	...[`write ${TEMP} (submitting)`, `rename ${TEMP}`, 'answer to submit'],
	...[`write ${TEMP} (accepted)`, 'rename *.json', 'remove *.out'],
];

const CHECKED = { checkInputs: true };
const SAVED = { ...CHECKED, output: 'saved' };

export const WAYS: Record<string, NamedWay> = {
	'a run whose files are saved': {
		type: 'runcomfy-run',
		fields: SAVED,
		from: IN,
		points: pointsOf(
			[
				[IN, 'gone'],
				...[...probe('gone'), ...check, FIRST, ...submit('gone')],
				...[...durable, ...wait, ...save, ...handOn],
			],
			AROUND_SUBMIT,
		),
	},
	'a run, after a restart while RunComfy works': {
		type: 'runcomfy-run',
		fields: SAVED,
		before: [at('ask for status')],
		from: 'ask for status',
		points: pointsOf([...wait, ...save, ...handOn]),
	},
	'a run, after a restart during its submit': {
		type: 'runcomfy-run',
		before: [at('answer to submit')],
		from: 'rename *.json',
		points: pointsOf([
			['rename *.json', 'reported'],
			['the error is handed on', 'reported'],
			['remove *.out', 'reported again'],
		]),
	},
	'a run, after a restart while its message was leaving': {
		type: 'runcomfy-run',
		before: [at('the message is handed on')],
		from: 'rename *.out',
		points: pointsOf([
			['rename *.out', 'delivered'],
			...exchange('delivered', 'status', 'result'),
			...handOn,
		]),
	},
	'two runs, one at a time': {
		type: 'runcomfy-run',
		fields: { checkInputs: false },
		config: { concurrency: 1 },
		messages: 2,
		from: IN,
		points: pointsOf([
			[IN, 'gone'],
			// The other message waits in memory: it is lost, whatever happens to the first.
			...[FIRST, ...submit('gone')].map(([name]): Row => [name, 'gone']),
			[IN, 'gone'],
			...[...durable, ...wait].map(([name]): Row => [name, 'gone']),
			// The first one ends beside the submit of the second.
			...[...handOn, ...submit('gone'), ...durable, ...wait, ...handOn].map(
				([name]): Row => [name, []],
			),
		]),
	},
	'a submit': {
		type: 'runcomfy-submit',
		fields: CHECKED,
		from: IN,
		points: pointsOf([[IN, 'gone'], ...check, FIRST, ...submit('gone'), ...durable, ...handOn]),
	},
	'a submit, after a restart': {
		type: 'runcomfy-submit',
		before: [at('rename *.json')],
		from: 'rename *.json',
		points: pointsOf(handOn),
	},
	'a result that is waited for': {
		type: 'runcomfy-result',
		fields: { wait: true, output: 'saved' },
		from: IN,
		points: pointsOf(
			[
				[IN, 'gone'],
				FIRST,
				...write('attached', 'gone'),
				[`rename ${TEMP}`, 'gone'],
				...[...durable, ...probe('delivered'), ...wait, ...save, ...handOn],
			],
			['answer to result'],
		),
	},
	'a result that is waited for, after a restart': {
		type: 'runcomfy-result',
		fields: { wait: true, output: 'saved' },
		before: [at('ask for status')],
		from: 'ask for status',
		points: pointsOf([...wait, ...save, ...handOn]),
	},
};
