import { checkValue, fitValue, type InputSpec, limitText } from '../../core/index.ts';
import type { Row } from '../contract/dialog.ts';
import { conditionsOf, type PageField, type PageFields, typedSources } from '../contract/fields.ts';
import { fieldLabel, type Problem, reason, t } from './ask.mts';
import { type EditedNode, fieldValue, holds, isVariable, toText } from './form.mts';
import { rowKey } from './row.mts';

/** The checks of literal values; `problem` is the key of the error text below `runcomfy.invalid`. */
const CHECKS: Record<
	NonNullable<PageField['check']>,
	ReadonlyArray<{ fits: (text: string) => boolean; problem: Problem }>
> = {
	// An id, or the URL of a page that contains the id.
	id: [{ fits: (text) => /^(?:https?:\/\/\S+|[^\s/\\?#%]+)$/.test(text), problem: 'id' }],
	model: [{ fits: (text) => /^(?:https?:\/\/\S+|[^\s\\?#%]+)$/.test(text), problem: 'model' }],
	// The URL may start with an environment variable.
	url: [{ fits: (text) => /^(?:https?:\/\/[^\s/]+|\$\{[^}]+\})/.test(text), problem: 'url' }],
	number: [{ fits: (text) => Number(text) >= 0, problem: 'number' }],
	whole: [{ fits: (text) => /^[1-9]\d*$/.test(text), problem: 'whole' }],
	nodes: [{ fits: isListOfNodes, problem: 'nodes' }],
};

/** Splits the text as the runtime does. In subgraphs, ComfyUI's node ids contain a colon. */
function isListOfNodes(text: string): boolean {
	return text
		.split(/[\s,;[\]"]+/)
		.filter(Boolean)
		.every((id) => /^\w+(?::\w+)*$/.test(id));
}

/** TypedInput types with a literal value that can be checked. */
const CHECKED_TYPES = ['str', 'num'];

/** Validates a field: true, or the reason why the value is invalid. */
export function checkField(
	fields: PageFields,
	node: EditedNode,
	name: string,
	value: unknown,
	opt?: object,
): unknown {
	const field = fields[name];
	if (!field) return true;
	if (field.kind === 'rows') return checkRows(node, value);
	const text = toText(value).trim();
	if (isVariable(text) || !isAskedFor(field, node)) return true;
	if (!typedSources(field.kind)) return checkLine(field, name, value);
	if (text === '') return !field.required || reason('empty', name);
	const type = currentValue(node, `${name}Type`);
	const result = validateTyped(toText(value), type, opt);
	if (result !== true) return result;
	if (!CHECKED_TYPES.includes(type)) return true;
	const literal = checkLiteral(field, name, text);
	return literal === true ? checkAtMost(field, node, name, text) : literal;
}

function checkAtMost({ atMost }: PageField, node: EditedNode, name: string, text: string): unknown {
	if (atMost === undefined || currentValue(node, `${atMost}Type`) !== 'num') return true;
	const most = currentValue(node, atMost).trim();
	if (most === '' || isVariable(most) || !(Number(text) > Number(most))) return true;
	return t('invalid.atMost', { field: fieldLabel(name), other: fieldLabel(atMost) });
}

function isAskedFor(field: PageField, node: EditedNode): boolean {
	return conditionsOf(field).every((one) => holds(one, currentValue(node, one.field)));
}

/** A node written by hand may lack the field; the runtime then uses the default. */
function checkLine(field: PageField, name: string, value: unknown): unknown {
	const text = toText(value).trim();
	if (value === undefined || (text === '' && !field.required)) return true;
	return checkLiteral(field, name, text);
}

function checkLiteral({ check }: PageField, name: string, text: string): unknown {
	const checks = check ? CHECKS[check] : [];
	const failed = checks.find(({ fits }) => !fits(text));
	return !failed || reason(failed.problem, name);
}

// The published type declarations lack the third parameter.
function validateTyped(text: string, type: string, opt?: object): unknown {
	const { validateTypedProperty } = RED.utils as unknown as {
		validateTypedProperty(value: string, type: string, opt?: object): unknown;
	};
	return validateTypedProperty(text, type, opt);
}

/**
 * Validates the rows of a node: true, or the first problem. Nodes do not store the choices of an input, so the open
 * dialog and the runtime check those.
 */
function checkRows(node: EditedNode, rows: unknown): true | string {
	if (!Array.isArray(rows) || node['inputMode'] !== 'rows') return true;
	const seen = new Set<string>();
	for (const row of rows as Row[]) {
		const key = rowKey(row);
		const twice = seen.has(key) ? t('row.twice') : undefined;
		seen.add(key);
		const problem = twice ?? (row.gone ? t('row.gone') : checkRow(row, row.spec));
		if (problem !== undefined) return `${row.label ?? row.input}: ${problem}`;
	}
	return true;
}

/** The problem with a row, worded to stand alone or after the row's label; undefined if the row is valid. */
export function checkRow(
	{ type, value, required }: Pick<Row, 'type' | 'value' | 'required'>,
	spec: InputSpec = { kind: 'other' },
): string | undefined {
	const text = toText(value).trim();
	if (isVariable(text) || type === 'random' || type === 'bool') return undefined;
	const mayBeEmpty = spec.kind === 'string' && type === 'str' && !required;
	if (text === '') return mayBeEmpty ? undefined : t('row.empty');
	if (type === 'choice' || type === 'str' || type === 'num') return checkRowValue(text, spec, type);
	return validateTyped(text, type) === true ? undefined : t('row.invalid');
}

/** Applies the runtime's own checks to a value. */
function checkRowValue(text: string, spec: InputSpec, type: string): string | undefined {
	const given = type === 'num' ? parseNumber(text) : text;
	if (given === undefined) return t('row.number');
	const value = fitValue(given, spec);
	const problem = checkValue(value, spec);
	return problem && TEXTS[problem.problem](Number(value), spec);
}

function parseNumber(text: string): unknown {
	const read = (['integer', 'float'] as const).map((kind) => fitValue(text, { kind }));
	return read.find((value) => typeof value !== 'string');
}

type WrongValue = NonNullable<ReturnType<typeof checkValue>>['problem'];

/** The core's messages are in English only, so each problem has a translated text here. */
const TEXTS: Record<WrongValue, (number: number, spec: InputSpec) => string> = {
	unknown_choice: () => t('row.choice'),
	out_of_range: (number, { kind, min = -Infinity, max = Infinity }) =>
		number < min
			? t('row.least', { n: limitText(min, kind) })
			: t('row.most', { n: limitText(max, kind) }),
	wrong_type(number, { kind }) {
		if (kind === 'integer' && !Number.isNaN(number)) return t('row.whole');
		return t(kind === 'integer' || kind === 'float' ? 'row.number' : 'row.invalid');
	},
};

/** The value of another field: from the dialog if that node's dialog is open, otherwise from the flow. */
function currentValue(node: EditedNode, name: string): string {
	// The open dialog may belong to another node: leaving the dialog of an account validates every node that uses the
	// account.
	return (isBeingEdited(node) && fieldValue(name)) || toText(node[name]);
}

// The published type declarations lack this property.
function isBeingEdited(node: EditedNode): boolean {
	const { getEditStack } = RED.editor as unknown as { getEditStack(): EditedNode[] };
	return getEditStack().includes(node);
}
