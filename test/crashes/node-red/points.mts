// Node-RED: every way that a message may take, with all its effects, and the end if the process is killed there.
import type { Kill } from '../lives.mts';
import { type End, exchange, type Point, pointsOf, type Row } from '../points.mts';

const JOURNAL = 'runcomfy-jobs.jsonl';
const at = (name: string, nth = 1) => ({ name, nth });

/** The message arrives. */
const IN = 'the message comes in';

const lines = (kinds: string) => `write ${JOURNAL} (${kinds})`;
const synced = (kinds: string) => `fsync ${JOURNAL} (${kinds})`;

const submit: Row[] = [
	// The line is written: nobody can know any more whether the submit was sent.
	[synced('submitting'), 'reported'],
	...exchange('reported', 'submit'),
	[lines('accepted'), 'reported', 'reported'],
	[synced('accepted'), 'delivered'],
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

/** An empty line tests whether the end can be written before the sidebar shows it. */
const tryEnd: Row[] = [[`write ${JOURNAL}`, 'delivered']];

const handOn: Row[] = [
	// And once more before the message is sent.
	[`write ${JOURNAL}`, 'delivered'],
	['the message is handed on', 'delivered'],
	[lines('gone'), 'delivered again', 'delivered again'],
	[synced('gone'), 'delivered'],
];

/** The other message's submit may be on its way. */
const besideSubmit = (rows: readonly Row[]) =>
	rows.map(([name]): Row => [name, ['delivered', 'delivered again', 'reported']]);

/** Two messages end side by side. */
const endBoth = [...besideSubmit(tryEnd), ...besideSubmit(handOn), ...besideSubmit(handOn)];

/** The other message gets its turn, because the first one has ended. */
const otherSubmit: Row[] = [
	[lines('submitting'), 'delivered', 'delivered'],
	[synced('submitting'), 'reported'],
	...submit.slice(1),
];

const check = (before: End): Row[] => [
	// The journal may contain it by then.
	['ask for deployment', [before, 'delivered']],
	[lines('planned'), before, before],
	['answer to deployment', 'delivered'],
	...exchange('delivered', 'node types'),
	[lines('submitting'), 'delivered', 'delivered'],
];

const restart = (kind: string, end: End): Row[] => [
	[`create ${JOURNAL}.lock`, end],
	[`rename ${JOURNAL}.lock`, end],
	[`remove ${JOURNAL}.lock.*`, end],
	[`create ${JOURNAL}.lock`, end],
	[`write ${JOURNAL}.lock`, end, end],
	[`create ${JOURNAL}.new`, end],
	[`write ${JOURNAL}.new (${kind})`, end, end],
	[`fsync ${JOURNAL}.new (${kind})`, end],
	[`rename ${JOURNAL}.new`, end],
	['fsync the user directory', end],
];

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
	...[lines('submitting'), 'answer to submit', lines('accepted'), synced('accepted')],
	lines('gone'),
];

const ONE_AT_A_TIME = { concurrency: 1 };

const CHECKED = { checkInputs: true };

export const WAYS: Record<string, NamedWay> = {
	'a run whose files are saved': {
		type: 'runcomfy-run',
		fields: { ...CHECKED, output: 'saved' },
		from: IN,
		points: pointsOf(
			[
				[IN, 'gone'],
				...[...probe('gone'), ...check('gone'), ...submit, ...wait, ...save],
				...[...tryEnd, ...handOn],
			],
			AROUND_SUBMIT,
		),
	},
	'a run, after a restart while RunComfy works': {
		type: 'runcomfy-run',
		fields: { ...CHECKED, output: 'saved' },
		before: [at('ask for status')],
		from: `create ${JOURNAL}.lock`,
		points: pointsOf([
			...[...restart('accepted', 'delivered'), ...wait, ...save],
			...[...tryEnd, ...handOn],
		]),
	},
	'a run, after a restart before its submit': {
		type: 'runcomfy-run',
		fields: CHECKED,
		before: [at('answer to deployment')],
		from: lines('submitting'),
		points: pointsOf([
			[lines('submitting'), 'delivered', 'delivered'],
			...submit,
			...wait,
			...tryEnd,
			...handOn,
		]),
	},
	'a run, after a restart during its submit': {
		type: 'runcomfy-run',
		before: [at('answer to submit')],
		from: 'the error is handed on',
		points: pointsOf([
			['the error is handed on', 'reported'],
			[lines('gone'), 'reported again', 'reported again'],
			[synced('gone'), 'reported'],
		]),
	},
	'two runs, one at a time': {
		type: 'runcomfy-run',
		fields: { checkInputs: false },
		config: ONE_AT_A_TIME,
		messages: 2,
		from: IN,
		points: pointsOf([
			[IN, 'gone'],
			[lines('submitting'), 'gone', 'gone'],
			// The other message has not arrived: it is lost, whatever happens to the first.
			[synced('submitting'), 'gone'],
			['ask for submit', 'gone'],
			[IN, 'gone'],
			[lines('planned'), 'gone', 'gone'],
			[synced('planned'), 'reported'],
			...submit.slice(2),
			...wait,
			...otherSubmit,
			...wait,
			...endBoth,
		]),
	},
	'two runs, one at a time, after a restart': {
		type: 'runcomfy-run',
		config: ONE_AT_A_TIME,
		messages: 2,
		before: [at('ask for status', 2)],
		from: 'fsync the user directory',
		points: pointsOf([
			['fsync the user directory', 'delivered'],
			...wait.slice(2),
			...otherSubmit,
			...wait,
			...endBoth,
		]),
	},
	'a submit': {
		type: 'runcomfy-submit',
		fields: CHECKED,
		from: IN,
		points: pointsOf([
			[IN, 'gone'],
			...check('gone'),
			...submit.slice(0, -2),
			[lines('accepted, message'), 'reported', 'reported'],
			[synced('accepted, message'), 'delivered'],
			...handOn,
		]),
	},
	'a submit, after a restart': {
		type: 'runcomfy-submit',
		before: [at(synced('accepted, message'))],
		from: 'the message is handed on',
		points: pointsOf(handOn),
	},
	'a result that is waited for': {
		type: 'runcomfy-result',
		fields: { wait: true, output: 'saved' },
		from: IN,
		points: pointsOf(
			[
				[IN, 'gone'],
				// The journal may contain it by then.
				['make the folder of files', ['gone', 'delivered']],
				[lines('planned'), 'gone', 'gone'],
				...probe('delivered').slice(1),
				[lines('attached'), 'delivered', 'delivered'],
				[synced('attached'), 'delivered'],
				...wait,
				...save,
				...tryEnd,
				...handOn,
			],
			['answer to result'],
		),
	},
	'a result that is waited for, after a restart': {
		type: 'runcomfy-result',
		fields: { wait: true, output: 'saved' },
		before: [at('ask for status')],
		from: 'fsync the user directory',
		points: pointsOf([
			['fsync the user directory', 'delivered'],
			...[...wait, ...save, ...tryEnd, ...handOn],
		]),
	},
};
