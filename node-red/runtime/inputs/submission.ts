import type { NodeMessage } from 'node-red';
import {
	type Draft,
	type FieldValue,
	fitValue,
	type InputRef,
	isObject,
	kindOf,
	parseInputs,
	parseNamedInputs,
	parseUserJson,
	parseWorkflow,
	prepare,
	type Prepared,
	RunComfyError,
	type WorkflowApiJson,
} from '../../../core';
import type { Row } from '../../contract/dialog';
import { invalidInput, messageOf } from '../errors';
import {
	describeValue,
	evaluate,
	type Fields,
	type Inputs,
	isDefaultSource,
	isEmpty,
	isTrue,
	nameOfSource,
	type Reading,
	readTarget,
	readText,
	withSource,
} from './inputs';

/**
 * Reads what to submit from the fields and the message, without asking RunComfy. Overrides win over rows.
 * @throws RunComfyError `invalid_input`, `invalid_overrides`
 */
export async function readDraft(action: Source): Promise<Draft> {
	const { fields, inputs } = action;
	const target = await readTarget(action);
	const isModel = kindOf(target) === 'model';
	return {
		target,
		fields: fields['inputMode'] === 'rows' ? await readRows(action) : [],
		overrides: await readOverrides(action, isModel),
		randomSeeds: isTrue(fields['randomSeeds']),
		webhook: isModel ? undefined : await readText(inputs, 'webhook'),
		workflow: isModel ? undefined : await readWorkflow(inputs),
	};
}

type Source = Pick<Reading, 'RED' | 'node' | 'inputs' | 'fields' | 'msg'>;

/**
 * Turns a draft into a submit. Unless the node turns the check off, the draft is compared with the workflow or model
 * before you pay.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists every problem)
 */
export async function prepareSubmission(
	action: Pick<Reading, 'node' | 'fields' | 'connection' | 'signal'>,
	draft: Draft,
): Promise<Submission> {
	const { fields, node, signal } = action;
	const { checkInputs } = fields;
	const check = checkInputs !== false && checkInputs !== 'false';
	const { client, cache } = action.connection;
	const reader = cache.reader(client, { signal });
	const prepared = await prepare(client, draft, { ...reader, check });
	if (fields['inputMode'] === 'rows' && setsNothing(draft) && !warned.has(node)) {
		warned.add(node);
		node.warn(NOTHING_SET);
	}
	const submission = await prepared.withFiles();
	for (const warning of submission.notes.warnings) node.warn(warning);
	return submission;
}

type Submission = Awaited<ReturnType<Prepared['withFiles']>>;

const NOTHING_SET =
	'No input is set, so the workflow runs as deployed: add an input in the node, or pass msg.overrides.';

/** Rows only: a flow that passes overrides as JSON, even none, does so on purpose. */
function setsNothing({ fields = [], overrides = {}, workflow, randomSeeds }: Draft): boolean {
	const none = fields.length === 0 && Object.keys(overrides).length === 0;
	return none && !workflow && randomSeeds !== true;
}

/** Nodes that have warned; once per deploy is enough, rather than with every message. */
const warned = new WeakSet<object>();

/** Advice for JSON that a flow assembles as text. */
const ADVICE = 'Or pass an object instead of text, for example from JSONata or a function node.';

/**
 * The overrides or named inputs of one message: from the field's source, by default `msg.overrides` or else an object
 * in `msg.payload`. Beside rows, only `msg.overrides` counts, because the rows may read from the payload. Buffers are
 * passed on unchanged.
 * @throws RunComfyError `invalid_overrides`, `invalid_input`
 */
async function readOverrides(
	{ inputs, fields, msg }: Pick<Reading, 'inputs' | 'fields' | 'msg'>,
	byName: boolean,
) {
	const { copy, source } = await readOverridesValue(inputs, fields, msg);
	try {
		const parse = byName ? parseNamedInputs : parseInputs;
		return parse(copy, { name: byName ? 'Inputs' : 'Overrides', advice: ADVICE });
	} catch (error) {
		throw withSource(error, source);
	}
}

async function readOverridesValue(inputs: Inputs, fields: Fields, msg: NodeMessage) {
	const besideRows = fields['inputMode'] === 'rows';
	const given = besideRows ? msg['overrides'] : await inputs.value('overrides');
	const fromPayload =
		!besideRows &&
		given === undefined &&
		isDefaultSource(fields, 'overrides') &&
		isPlainObject(msg.payload);
	const named = besideRows ? 'msg.overrides' : inputs.source('overrides');
	const source = fromPayload ? 'msg.payload' : named;
	return { copy: snapshot(fromPayload ? msg.payload : given, 'overrides'), source };
}

/**
 * The workflow to run instead of the deployment's: JSON, or the bytes of a workflow file. Undefined if the field is
 * empty.
 * @throws RunComfyError `invalid_input`
 */
export async function readWorkflow(inputs: Inputs): Promise<WorkflowApiJson | undefined> {
	const given = await inputs.value('workflow');
	if (isEmpty(given)) return undefined;
	if (given instanceof Uint8Array) {
		return parseWorkflow(given, { name: `The file in ${inputs.source('workflow')}` });
	}
	return parseWorkflow(snapshot(given, 'workflow'), { name: 'Workflow' });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
	return isObject(value) && !(value instanceof Uint8Array);
}

/**
 * The values of a node's rows for one message.
 * @throws RunComfyError `invalid_input`, which names the row by its label
 */
export async function readRows(
	action: Pick<Reading, 'RED' | 'node' | 'fields' | 'msg'>,
): Promise<FieldValue[]> {
	const read: FieldValue[] = [];
	for (const row of rowsIn(action.fields['rows'])) {
		const { nodeId, input, also, spec } = row;
		const label = row.label || [nodeId, input].filter(Boolean).join(' → ');
		const value = await readValue(action, row, label);
		const source = nameOfSource(row) ?? 'the row';
		const carried = row.type === 'msg' || undefined;
		read.push({ nodeId, input, also, value, label, source, carried, spec });
	}
	return read;
}

function rowsIn(given: unknown): Row[] {
	if (given === undefined || given === null || given === '') return [];
	if (Array.isArray(given) && given.every(isRow)) return given;
	throw invalidInput(
		`The node’s rows are invalid: ${describeValue(given)} that contains something other than rows`,
		'Open the node, and set its inputs again.',
	);
}

function isRow(row: unknown): row is Row {
	if (typeof row !== 'object' || row === null) return false;
	const { nodeId, input, type, also = [] } = row as Partial<Row>;
	const isFilled = (one: unknown) => typeof one === 'string' && one.trim() !== '';
	const further = Array.isArray(also)
		? also.flatMap((one: Partial<InputRef>) => [one?.nodeId, one?.input])
		: [also];
	return [input, type, ...further].every(isFilled) && typeof nodeId === 'string';
}

async function readValue(
	{ RED, node, msg }: Pick<Reading, 'RED' | 'node' | 'msg'>,
	{ type, value }: Row,
	label: string,
): Promise<unknown> {
	const literal = Object.hasOwn(LITERALS, type) ? LITERALS[type] : undefined;
	try {
		// Rows written by hand may contain a number or boolean.
		const text = String(value ?? '');
		if (literal) return literal(text, label);
		const found = await evaluate(RED, node, text, type, msg);
		// Node-RED returns an empty string for a variable that is not set.
		return type === 'env' && found === '' ? undefined : snapshot(found, label);
	} catch (error) {
		if (error instanceof RunComfyError) throw error;
		throw invalidInput(
			`${label} could not be read: ${messageOf(error)}`,
			'Correct the value of this row, or its source.',
		);
	}
}

const LITERALS: Readonly<Record<string, (text: string, label: string) => unknown>> = {
	str: (text) => text,
	choice: (text) => text,
	random: () => 'random',
	bool: (text) => text === 'true',
	json: (text, name) => parseUserJson(text, { name }),
	num: parseRowNumber,
};

// Not `Number(text)`, which would round a seed beyond 2^53.
function parseRowNumber(text: string): unknown {
	if (text.trim() === '') return undefined;
	const whole = fitValue(text, { kind: 'integer' });
	const number = typeof whole === 'string' ? fitValue(text, { kind: 'float' }) : whole;
	if (typeof number !== 'string') return number;
	throw new Error(`"${text.slice(0, 60)}" is not a number`);
}

/**
 * Deep-copies plain data from a message, because other nodes may change it while this one waits. Bytes are not copied.
 * @throws RunComfyError `invalid_input` for circular or unreadable data
 */
export function snapshot(value: unknown, what: string): unknown {
	try {
		return copy(value, what, new Set());
	} catch (error) {
		if (error instanceof Error && error.name === 'RunComfyError') throw error;
		throw invalidInput(
			`The ${what} could not be read: ${messageOf(error)}`,
			'Use plain JSON: strings, numbers, booleans, arrays and objects.',
		);
	}
}

function copy(value: unknown, what: string, above: Set<object>): unknown {
	refuseLive(value, what);
	if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
	if (value instanceof Date) return value.toISOString();
	const bytes = toBuffer(value);
	if (bytes) return bytes;
	if (above.has(value)) {
		throw invalidInput(
			`There is a circular reference in the ${what}`,
			'Use plain data without circular references, such as a copy without req and res.',
		);
	}
	above.add(value);
	const copied = Array.isArray(value)
		? value.map((entry) => copy(entry, what, above))
		: Object.fromEntries(
				Object.entries(value).map(([key, entry]) => [key, copy(entry, what, above)]),
			);
	above.delete(value);
	return copied;
}

/** Bytes that are not a Buffer: Buffers serialized as JSON, or an ArrayBuffer from a browser or `fetch`. */
function toBuffer(value: object): Buffer | undefined {
	if (value instanceof ArrayBuffer) return Buffer.from(value);
	if (ArrayBuffer.isView(value)) {
		return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
	}
	const { type, data, ...more } = value as { type?: unknown; data?: unknown };
	const isWritten = type === 'Buffer' && Array.isArray(data) && Object.keys(more).length === 0;
	return isWritten ? Buffer.from(data as number[]) : undefined;
}

/** Methods that identify objects without data of their own, and the name to use in an error. */
const LIVE: ReadonlyArray<readonly [method: string, name: string]> = [
	['pipe', 'a stream'],
	['getReader', 'a stream'],
	['arrayBuffer', 'a Blob or an unread answer'],
];

/** @throws RunComfyError `invalid_input` for objects that JSON would turn into `{}`, in a run that you pay for */
function refuseLive(value: unknown, what: string): void {
	const methods = (typeof value === 'object' ? value : undefined) as Record<string, unknown> | null;
	const name =
		typeof value === 'function'
			? 'a function'
			: LIVE.find(([method]) => typeof methods?.[method] === 'function')?.[1];
	if (name === undefined) return;
	throw invalidInput(
		`There is ${name} in the ${what}, which cannot be sent`,
		'Pass an image, video or audio file as a Buffer, a URL or a data URI, and everything else as plain data.',
	);
}
