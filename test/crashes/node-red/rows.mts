// What a message does on each part of its way, and how it ends if the process is killed there.
import type { End, Row } from '../points.mts';

export const JOURNAL = 'runcomfy-jobs.jsonl';
export const at = (name: string, nth = 1) => ({ name, nth });

/** The message arrives. */
export const IN = 'the message comes in';

export const lines = (kinds: string) => `write ${JOURNAL} (${kinds})`;
export const synced = (kinds: string) => `fsync ${JOURNAL} (${kinds})`;

export const submit: Row[] = [
	// The line is written: nobody can know any more whether the submit left.
	[synced('submitting'), 'reported'],
	['ask for submit', 'reported'],
	['answer to submit', 'reported'],
	[lines('accepted'), 'reported', 'reported'],
	[synced('accepted'), 'delivered'],
];

export const wait: Row[] = [
	['ask for status', 'delivered'],
	['answer to status', 'delivered'],
	['ask for status', 'delivered'],
	['answer to status', 'delivered'],
	['ask for result', 'delivered'],
	['answer to result', 'delivered'],
];

/** Before anything is paid for, the node checks that files can be written there. */
export const probe = (end: End): Row[] => [
	['make the folder of files', end],
	['write .*.part', end],
	['remove .*.part', end],
];

export const save: Row[] = [
	['ask for file', 'delivered'],
	['answer to file', 'delivered'],
	['create .*.part', 'delivered'],
	['write .*.part', 'delivered'],
	['link .*.part', 'delivered'],
	['remove .*.part', 'delivered'],
];

/** The end of the run is stored for the sidebar. */
export const remember: Row[] = [[lines('ended'), 'delivered', 'delivered']];

export const handOn: Row[] = [
	['the message is handed on', 'delivered'],
	[lines('gone'), 'delivered again', 'delivered again'],
	[synced('gone'), 'delivered'],
];

/** The other message's submit may be on its way. */
export const sideBySide: Row[] = handOn.map(([name]) => [
	name,
	['delivered', 'delivered again', 'reported'],
]);

/** The other message gets its turn, since the first one has ended. */
export const otherSubmit: Row[] = [
	[lines('submitting, ended'), 'delivered', 'delivered'],
	[synced('submitting, ended'), 'reported'],
	...submit.slice(1),
];

export const rememberOther: Row[] = remember.map(([name]) => [
	name,
	['delivered', 'delivered again', 'reported'],
]);

export const check = (before: End): Row[] => [
	// The journal may have it by then.
	['ask for deployment', [before, 'delivered']],
	[lines('planned'), before, before],
	['answer to deployment', 'delivered'],
	['ask for node types', 'delivered'],
	['answer to node types', 'delivered'],
	[lines('submitting'), 'delivered', 'delivered'],
];

export const restart = (kind: string, end: End): Row[] => [
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
