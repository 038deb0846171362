import {
	checkValue,
	fitValue,
	isRandom,
	isSeed,
	nodeOf,
	parseJson,
	specOf,
	toMediaInput,
	type Finding,
	type InputSpec,
	type KnownWorkflow,
	type OverrideRow,
} from '../../../core/index.js';
import type { Action } from '../node/action.cjs';
import { invalidInput, messageOf } from '../errors.cjs';
import { evaluate, kindOf } from './inputs.cjs';
import { MAX_EMBEDDED_BYTES } from './overrides.cjs';
import { snapshot } from './snapshot.cjs';

/** A row of the dialog, as a flow file holds it. */
export interface Row {
	nodeId: string;
	input: string;
	/**
	 * Where the value comes from: `str`, `num`, `bool`, `json`, `choice`, `random` (a seed), or `msg`,
	 * `flow`, `global`, `jsonata`, `env`.
	 */
	type: string;
	value: string;
	/** Such as "6 · Positive Prompt → text". */
	label?: string;
	/** What the input took when it was chosen, for when the workflow cannot be asked. */
	spec?: InputSpec;
}

/** A row with its value for one message. */
export interface ReadRow extends OverrideRow {
	label: string;
	/** Where the value was looked for, for people. */
	source: string;
	spec: InputSpec;
}

/**
 * The rows of a node with their values for one message; those that a message sets to `null` are left
 * out, so that the workflow's own value holds. Buffers become data URIs.
 * @throws RunComfyError `invalid_input`, which names the row by its label
 */
export async function readRows(
	action: Pick<Action, 'RED' | 'node' | 'fields' | 'msg'>,
): Promise<{ rows: ReadRow[]; warnings: string[] }> {
	const warnings: string[] = [];
	const rows: ReadRow[] = [];
	for (const row of rowsIn(action.fields['rows'])) {
		const label = row.label || `${row.nodeId} → ${row.input}`;
		const given = await readValue(action, row, label);
		if (given === null) continue;
		const { nodeId, input, spec = { kind: isSeed(row.input) ? 'integer' : 'other' } } = row;
		let value = given;
		if (given instanceof Uint8Array) {
			const media = await toMediaInput(given, { filename: label, maxBytes: MAX_EMBEDDED_BYTES });
			warnings.push(...media.warnings);
			value = media.value;
		}
		rows.push({ nodeId, input, value, label, source: sourceOf(row), spec });
	}
	return { rows, warnings };
}

/** Rows in the types of the workflow that they are for, and what cannot be right in them. */
export function fitRows(
	rows: readonly ReadRow[],
	known: KnownWorkflow,
): { rows: OverrideRow[]; findings: Finding[] } {
	const findings: Finding[] = [];
	const fitted = rows.map((row) => {
		const { nodeId, input } = row;
		const node = known.workflow && nodeOf(known.workflow, nodeId);
		const spec = node ? specOf(node, input, known.info) : row.spec;
		const value = fitValue(row.value, spec);
		const problem = findProblem(row, value, spec, known);
		if (problem) findings.push(problem);
		return { nodeId, input, value };
	});
	const wrong = new Set(findings.map(({ path }) => path));
	return { rows: fitted.filter((row) => !wrong.has(pathOf(row))), findings };
}

// With the workflow at hand the rest is checked there, together with whatever else is sent.
function findProblem(
	row: ReadRow,
	value: unknown,
	{ kind }: InputSpec,
	{ workflow }: KnownWorkflow,
): Finding | undefined {
	const path = pathOf(row);
	if (value === undefined || (value === '' && kind !== 'string')) {
		const message = `${row.label} has no value: ${row.source} is empty (null leaves the input as deployed)`;
		return { path, problem: 'no_value', message };
	}
	const rounded = Number.isInteger(value) && !Number.isSafeInteger(value);
	if (!rounded && (workflow || (isSeed(row.input) && isRandom(value)))) return undefined;
	const problem = checkValue(value, { kind: rounded ? 'integer' : kind });
	return problem && { path, ...problem, message: `${row.label} ${problem.message}` };
}

function pathOf({ nodeId, input }: OverrideRow): string {
	return `${nodeId}.inputs.${input}`;
}

function rowsIn(given: unknown): Row[] {
	if (given === undefined || given === null || given === '') return [];
	if (Array.isArray(given) && given.every(isRow)) return given;
	throw invalidInput(
		`The node's rows are ${kindOf(given)} with something else than rows in it`,
		'Open the node, and set its inputs again.',
	);
}

function isRow(row: unknown): row is Row {
	if (typeof row !== 'object' || row === null) return false;
	const { nodeId, input, type } = row as Partial<Row>;
	return [nodeId, input, type].every((text) => typeof text === 'string' && text.trim() !== '');
}

async function readValue(
	{ RED, node, msg }: Pick<Action, 'RED' | 'node' | 'msg'>,
	{ type, value }: Row,
	label: string,
): Promise<unknown> {
	const text = String(value ?? '');
	const literal = LITERALS[type];
	try {
		if (literal) return literal(text);
		const found = await evaluate(RED, node, text, type, msg);
		// A variable that is not set.
		return type === 'env' && found === '' ? undefined : snapshot(found, label);
	} catch (error) {
		throw invalidInput(
			`${label} could not be read: ${messageOf(error)}`,
			'Correct the value of this row, or what it is read from.',
		);
	}
}

const LITERALS: Readonly<Record<string, (text: string) => unknown>> = {
	str: (text) => text,
	choice: (text) => text,
	random: () => 'random',
	bool: (text) => text === 'true',
	json: (text) => (text.trim() === '' ? undefined : parseJson(text)),
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

function sourceOf({ type, value }: Row): string {
	if (/^(msg|flow|global)$/.test(type)) return `${type}.${value}`;
	return type === 'env' ? `the environment variable ${value}` : 'the row';
}
