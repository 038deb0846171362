import { validateTyped } from './check.mts';
import type { Spec } from './inputs.mts';
import type { EditedNode } from './node.mts';
import type { Row } from './row.mts';
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
	spec: Spec = { kind: 'other' },
): string | undefined {
	const text = String(value ?? '').trim();
	if (isVariable(text) || type === 'random' || type === 'bool') return undefined;
	const mayBeEmpty = spec.kind === 'string' && type === 'str';
	if (text === '') return mayBeEmpty ? undefined : t('row.empty');
	if (type === 'choice' || type === 'str' || type === 'num') return checkLiteral(text, spec, type);
	return validateTyped(text, type) === true ? undefined : t('row.invalid');
}

function checkLiteral(text: string, spec: Spec, type: string): string | undefined {
	const { kind, choices, min, max } = spec;
	if (kind === 'choice' && choices?.length) {
		return choices.some((choice) => String(choice) === text) ? undefined : t('row.choice');
	}
	if (kind !== 'integer' && kind !== 'float' && type !== 'num') return undefined;
	const number = Number(text);
	if (Number.isNaN(number)) return t('row.number');
	if (kind === 'integer' && !/^[+-]?\d+(\.0*)?$/.test(text)) return t('row.whole');
	if (min !== undefined && number < min) return t('row.least', { n: String(min) });
	if (max !== undefined && number > max) return t('row.most', { n: String(max) });
	return undefined;
}
