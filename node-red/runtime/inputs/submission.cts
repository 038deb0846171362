import type { NodeMessage } from 'node-red';
import {
	type Draft,
	type FieldValue,
	fitValue,
	type InputRef,
	isObject,
	type Overrides,
	parseExtraData,
	parseNamedInputs,
	parseOverrides,
	parseUserJson,
	parseWorkflow,
	prepare,
	readWorkflowFile,
	RunComfyError,
	type Submission,
	traitsOf,
	type WorkflowApiJson,
} from '../../../core/index.js';
import type { Row } from '../../contract/dialog.cjs';
import { invalidInput, messageOf } from '../errors.cjs';
import { inTurn } from '../pace.cjs';
import {
	evaluate,
	type Fields,
	type Inputs,
	isDefaultSource,
	isEmpty,
	isTrue,
	kindOf,
	nameOfSource,
	type Reading,
	readTarget,
	readText,
	withSource,
} from './inputs.cjs';

/**
 * What to submit, from the fields and the message: rows, and over them the overrides. Unless the node
 * says otherwise it is compared with the workflow or the model before anything is paid for.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists everything that
 * does not fit)
 */
export async function readSubmission(action: Source): Promise<Submission> {
	const { fields, node, signal } = action;
	const draft = await readDraft(action);
	const { checkInputs } = fields;
	const check = checkInputs !== false && checkInputs !== 'false';
	const { client, cache } = action.connection;
	let asked = false;
	const onAsk = () => {
		asked = true;
	};
	const reader = cache.reader(client, { signal, onAsk });
	const prepared = await prepare(client, draft, { ...reader, check });
	// All messages that came in while RunComfy was asked go on at once.
	if (asked) await inTurn();
	const submission = await prepared.withFiles();
	for (const warning of submission.notes.warnings) node.warn(warning);
	return submission;
}

type Source = Pick<Reading, 'RED' | 'node' | 'inputs' | 'fields' | 'msg' | 'connection' | 'signal'>;

async function readDraft(action: Source): Promise<Draft> {
	const { fields, inputs, node } = action;
	const { inputMode } = fields;
	const target = await readTarget(action);
	const traits = traitsOf(target);
	const byName = traits.byName || inputMode === 'direct';
	// Rows are a form. A flow that gives overrides, or none, does so on purpose.
	const isForm = byName ? inputMode !== 'json' : inputMode === 'rows';
	const draft: Draft = {
		target,
		byName,
		fields: isForm ? await readRows(action, byName) : [],
		overrides: await readOverrides(action, byName),
		randomSeeds: isTrue(fields['randomSeeds']),
		extraData: byName ? undefined : await readExtraData(inputs),
		webhook: traits.webhook ? await readText(inputs, 'webhook') : undefined,
		workflow: byName ? undefined : await readWorkflow(inputs),
	};
	if (isForm && !byName && setsNothing(draft) && !warned.has(node)) {
		warned.add(node);
		node.warn(NOTHING_SET);
	}
	return draft;
}

const NOTHING_SET =
	'Nothing is set, so the workflow runs as it is deployed: add an input in the node, or give msg.overrides.';

function setsNothing({ fields = [], overrides = {}, workflow, randomSeeds }: Draft): boolean {
	const none = fields.length === 0 && Object.keys(overrides).length === 0;
	return none && !workflow && randomSeeds !== true;
}

/** Warns once for each deploy of the node, rather than with every message. */
const warned = new WeakSet<object>();

/** What RunComfy gets besides the workflow's inputs. @throws RunComfyError `invalid_input` */
export async function readPassedOn(inputs: Inputs): Promise<Pick<Draft, 'extraData' | 'webhook'>> {
	return {
		extraData: await readExtraData(inputs),
		webhook: await readText(inputs, 'webhook'),
	};
}

async function readExtraData(inputs: Inputs): Promise<Record<string, unknown> | undefined> {
	const given = await inputs.value('extraData');
	if (isEmpty(given)) return undefined;
	try {
		return parseExtraData(snapshot(given, 'extra data'), { name: 'Extra Data' });
	} catch (error) {
		throw withSource(error, inputs.source('extraData'));
	}
}

/** How a text that a flow computes gets into JSON. */
const ADVICE = 'Or give an object instead of text, for example with JSONata or a function node.';

/**
 * The overrides of one message, or its inputs by name: from where the field says, and by default from `msg.overrides`
 * or, if that is absent, from an object in `msg.payload`. Beside rows only `msg.overrides` counts: a payload is then
 * what the rows read from. Buffers in them stay what they are.
 * @throws RunComfyError `invalid_overrides`, `invalid_input`
 */
async function readOverrides(
	{ inputs, fields, msg }: Pick<Reading, 'inputs' | 'fields' | 'msg'>,
	byName: boolean,
): Promise<Overrides> {
	const { copy, source } = await readGiven(inputs, fields, msg);
	try {
		return byName
			? parseNamedInputs(copy, { name: 'Inputs', advice: ADVICE })
			: parseOverrides(copy, { name: 'Overrides', advice: ADVICE });
	} catch (error) {
		throw withSource(error, source);
	}
}

async function readGiven(inputs: Inputs, fields: Fields, msg: NodeMessage) {
	const { inputMode, rows } = fields;
	const besideRows = inputMode === 'rows';
	const given = besideRows ? msg['overrides'] : await inputs.value('overrides');
	const fromPayload =
		!besideRows &&
		// A payload of names and values may be what the rows read from.
		!(inputMode === 'direct' && Array.isArray(rows) && rows.length > 0) &&
		given === undefined &&
		isDefaultSource(fields, 'overrides') &&
		isPlainObject(msg.payload);
	const named = besideRows ? 'msg.overrides' : inputs.source('overrides');
	const source = fromPayload ? 'msg.payload' : named;
	return { copy: snapshot(fromPayload ? msg.payload : given, 'overrides'), source };
}

/**
 * The workflow to run in place of the deployment's: JSON, or the bytes of a file that contains it. Undefined when the
 * field is empty.
 * @throws RunComfyError `invalid_input`
 */
export async function readWorkflow(inputs: Inputs): Promise<WorkflowApiJson | undefined> {
	const given = await inputs.value('workflow');
	if (isEmpty(given)) return undefined;
	if (given instanceof Uint8Array) {
		return readWorkflowFile(given, { name: `The file in ${inputs.source('workflow')}` });
	}
	return parseWorkflow(snapshot(given, 'workflow'), { name: 'Workflow' });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
	return isObject(value) && !(value instanceof Uint8Array);
}

/**
 * The rows of a node with their values for one message: either those of a workflow's nodes, or those with only
 * an input's name. A node keeps the others for when it runs the other kind of target again.
 * @throws RunComfyError `invalid_input`, which names the row by its label
 */
export async function readRows(
	action: Pick<Reading, 'RED' | 'node' | 'fields' | 'msg'>,
	byName = false,
): Promise<FieldValue[]> {
	const read: FieldValue[] = [];
	const rows = rowsIn(action.fields['rows']).filter(({ nodeId }) => (nodeId === '') === byName);
	for (const row of rows) {
		const { nodeId, input, also, spec } = row;
		const label = row.label || [nodeId, input].filter(Boolean).join(' → ');
		const value = await readValue(action, row, label);
		const source = nameOfSource(row) ?? 'the row';
		read.push({ nodeId, input, also, value, label, source, spec });
	}
	return read;
}

function rowsIn(given: unknown): Row[] {
	if (given === undefined || given === null || given === '') return [];
	if (Array.isArray(given) && given.every(isRow)) return given;
	throw invalidInput(
		`The node's rows are ${kindOf(given)} with something other than rows in it`,
		'Open the node, and set its inputs again.',
	);
}

function isRow(row: unknown): row is Row {
	if (typeof row !== 'object' || row === null) return false;
	const { nodeId, input, type, also = [] } = row as Partial<Row>;
	const isText = (text: unknown) => typeof text === 'string' && text.trim() !== '';
	const further = Array.isArray(also)
		? also.flatMap((one: Partial<InputRef>) => [one?.nodeId, one?.input])
		: [also];
	return [input, type, ...further].every(isText) && typeof nodeId === 'string';
}

async function readValue(
	{ RED, node, msg }: Pick<Reading, 'RED' | 'node' | 'msg'>,
	{ type, value }: Row,
	label: string,
): Promise<unknown> {
	const literal = Object.hasOwn(LITERALS, type) ? LITERALS[type] : undefined;
	try {
		const text = rowText(value);
		if (literal) return literal(text, label);
		const found = await evaluate(RED, node, text, type, msg);
		// An environment variable that is not set is empty.
		return type === 'env' && found === '' ? undefined : snapshot(found, label);
	} catch (error) {
		if (error instanceof RunComfyError) throw error;
		throw invalidInput(
			`${label} could not be read: ${messageOf(error)}`,
			'Correct the value of this row, or what it is read from.',
		);
	}
}

/** Reads the text of a row from the dialog, or of one written by hand with a number or a boolean. */
function rowText(value: unknown): string {
	if (typeof value !== 'object' || value === null) return String(value ?? '');
	throw new Error(`its value is ${kindOf(value)}, not text`);
}

const LITERALS: Readonly<Record<string, (text: string, label: string) => unknown>> = {
	str: (text) => text,
	choice: (text) => text,
	random: () => 'random',
	bool: (text) => text === 'true',
	json: (text, name) => (text.trim() === '' ? undefined : parseUserJson(text, { name })),
	num: readNumber,
};

// As text, so that a seed beyond 2^53 keeps all of its digits.
function readNumber(text: string): unknown {
	if (text.trim() === '') return undefined;
	const whole = fitValue(text, { kind: 'integer' });
	const number = typeof whole === 'string' ? fitValue(text, { kind: 'float' }) : whole;
	if (typeof number !== 'string') return number;
	throw new Error(`"${text.slice(0, 60)}" is not a number`);
}

/**
 * A deep copy of plain data from a message, which other nodes may change while we wait. Bytes are
 * passed on as they are.
 * @throws RunComfyError `invalid_input` when it contains itself or cannot be read.
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
	const bytes = bytesIn(value);
	if (bytes) return bytes;
	if (above.has(value)) {
		throw invalidInput(
			`The ${what} contain themselves`,
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

/** Bytes in another form than a Buffer: as JSON writes one, and as a browser or `fetch` returns them. */
function bytesIn(value: object): Buffer | undefined {
	if (value instanceof ArrayBuffer) return Buffer.from(value);
	if (ArrayBuffer.isView(value)) {
		return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
	}
	const { type, data, ...more } = value as { type?: unknown; data?: unknown };
	const isWritten = type === 'Buffer' && Array.isArray(data) && Object.keys(more).length === 0;
	return isWritten ? Buffer.from(data as number[]) : undefined;
}

/** Methods of objects that hold no data yet, and what people call such an object. */
const LIVE: ReadonlyArray<readonly [method: string, name: string]> = [
	['pipe', 'a stream'],
	['getReader', 'a stream'],
	['arrayBuffer', 'a Blob or an unread answer'],
];

/** @throws RunComfyError `invalid_input` for what would be sent as `{}`, and paid for */
function refuseLive(value: unknown, what: string): void {
	const methods = (typeof value === 'object' ? value : undefined) as Record<string, unknown> | null;
	const name =
		typeof value === 'function'
			? 'a function'
			: LIVE.find(([method]) => typeof methods?.[method] === 'function')?.[1];
	if (name === undefined) return;
	throw invalidInput(
		`The ${what} cannot be sent: there is ${name} in it`,
		'Give a picture, video or sound as a Buffer, a web address or a data URI, and anything else as plain data.',
	);
}
