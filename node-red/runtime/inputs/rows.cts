import {
	type FieldValue,
	fitValue,
	isSeed,
	parseUserJson,
	RunComfyError,
} from '../../../core/index.js';
import type { Row } from '../../contract/dialog.cjs';
import { invalidInput, messageOf } from '../errors.cjs';
import { evaluate, kindOf, nameOfSource, type Reading } from './inputs.cjs';
import { snapshot } from './snapshot.cjs';

/**
 * The rows of a node with their values for one message: either those of a workflow's nodes, or those with only
 * an input's name. A node keeps the others for when it runs the other kind of target again.
 * @throws RunComfyError `invalid_input`, which names the row by its label
 */
export async function readRows(
	action: Pick<Reading, 'RED' | 'node' | 'fields' | 'msg'>,
	{ direct = false }: { direct?: boolean } = {},
): Promise<ReadRow[]> {
	const read: ReadRow[] = [];
	const rows = rowsIn(action.fields['rows']).filter(({ nodeId }) => (nodeId === '') === direct);
	for (const row of rows) {
		const { nodeId, input, spec } = row;
		const label = row.label || [nodeId, input].filter(Boolean).join(' → ');
		const value = await readValue(action, row, label);
		const source = nameOfSource(row) ?? 'the row';
		read.push({ nodeId, input, value, label, source, ...(spec ? { spec } : {}) });
	}
	return read;
}

/** A row. It has no `spec` if the dialog could not find out what the input takes. */
type ReadRow = Omit<FieldValue, 'spec'> & Partial<Pick<FieldValue, 'spec'>>;

/** The row as an input of a workflow. If it is not known what the input takes, its value is used unchanged. */
export function ofWorkflow({ spec, ...row }: ReadRow): FieldValue {
	return { ...row, spec: spec ?? { kind: isSeed(row.input) ? 'integer' : 'other' } };
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
	const { nodeId, input, type } = row as Partial<Row>;
	const named = [input, type].every((text) => typeof text === 'string' && text.trim() !== '');
	return named && typeof nodeId === 'string';
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
