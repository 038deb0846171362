import { checkValue, fitValue, type InputSpec, type ValueProblem } from '../../core/index.ts';
import type { Row } from '../contract/dialog.cts';
import { validateTyped } from './check.mts';
import type { EditedNode } from './node.mts';
import { t } from './texts.mts';
import { isVariable } from './values.mts';

/**
 * A validator's answer for the rows of a node: true, or what is wrong with the first one. Choices
 * are not kept with a node: they are checked in the dialog, and once more before a submit.
 */
export function checkRows(node: EditedNode, rows: unknown): true | string {
	if (!Array.isArray(rows) || node['inputMode'] !== 'rows') return true;
	for (const row of rows as Row[]) {
		const problem = checkRow(row, row.spec);
		if (problem !== undefined) return `${row.label ?? row.input}: ${problem}`;
	}
	return true;
}

/** What cannot be right in a row as it stands, to stand alone or behind its label; undefined where nothing is. */
export function checkRow(
	{ type, value }: Pick<Row, 'type' | 'value'>,
	spec: InputSpec = { kind: 'other' },
): string | undefined {
	const text = String(value ?? '').trim();
	if (isVariable(text) || type === 'random' || type === 'bool') return undefined;
	const mayBeEmpty = spec.kind === 'string' && type === 'str';
	if (text === '') return mayBeEmpty ? undefined : t('row.empty');
	if (type === 'choice' || type === 'str' || type === 'num') return checkLiteral(text, spec, type);
	return validateTyped(text, type) === true ? undefined : t('row.invalid');
}

/** As the runtime does before a submit. */
function checkLiteral(text: string, spec: InputSpec, type: string): string | undefined {
	const given = type === 'num' ? readNumber(text) : text;
	if (given === undefined) return t('row.number');
	const value = fitValue(given, spec);
	const problem = checkValue(value, spec);
	return problem && textFor(problem, Number(value), spec);
}

function readNumber(text: string): unknown {
	const read = (['integer', 'float'] as const).map((kind) => fitValue(text, { kind }));
	return read.find((value) => typeof value !== 'string');
}

/** The core's words are English only. */
function textFor(
	{ problem }: ValueProblem,
	number: number,
	{ kind, min = -Infinity, max }: InputSpec,
): string {
	if (problem === 'unknown_choice') return t('row.choice');
	if (problem === 'out_of_range') {
		return number < min ? t('row.least', { n: String(min) }) : t('row.most', { n: String(max) });
	}
	if (kind === 'integer' && !Number.isNaN(number)) return t('row.whole');
	return t(kind === 'integer' || kind === 'float' ? 'row.number' : 'row.invalid');
}
