import { FIELDS } from './fields.mts';
import { type EditedNode, textOf } from './node.mts';
import { reason } from './texts.mts';
import { checkUrl, isVariable } from './values.mts';

/** A validator's answer for a typed field: true, or why the value cannot be right. */
export function check(node: EditedNode, name: string, value: unknown, opt?: object): unknown {
	const field = FIELDS[name];
	if (!field) return true;
	const type = optionOf(node, `${name}Type`);
	const text = textOf(value);
	if (isVariable(text) || !isAskedFor(node, name)) return true;
	if (text.trim() === '') return field.optional || reason('empty', name);
	const result = validateTyped(text, type, opt);
	if (result !== true || !field.check) return result;
	const problem = field.check(text, type);
	return problem === true || reason(problem, name);
}

/** Whether the options of the node make use of a field. */
function isAskedFor(node: EditedNode, name: string): boolean {
	if (name === 'directory') return optionOf(node, 'output') === 'saved';
	if (name === 'overrides') return optionOf(node, 'inputMode') !== 'rows';
	if (name === 'runNode') return optionOf(node, 'target') === 'node';
	// Only a cancel node has other targets than one request.
	return !/^(deploymentId|requestId)$/.test(name) || /^(request)?$/.test(optionOf(node, 'target'));
}

/** What another field of a node says: as its dialog shows it where that is open, else as it is kept. */
function optionOf(node: EditedNode, field: string): string {
	// Not the dialog of another node: that of an account has all nodes that use it checked anew.
	const shown = isOpen(node) ? $(`#node-input-${field}`).val() : undefined;
	return textOf(shown || node[field]);
}

// The published types do not know it.
function isOpen(node: EditedNode): boolean {
	const { getEditStack } = RED.editor as unknown as { getEditStack(): EditedNode[] };
	return getEditStack().includes(node);
}

/** The same for the fields of an account. */
export function checkAccount(name: string, value: unknown): unknown {
	const text = textOf(value).trim();
	if (isVariable(text)) return true;
	const rule = ACCOUNT[name];
	if (!rule || value === undefined || (rule.optional && text === '')) return true;
	return rule.fits(text) || reason(rule.problem, name);
}

const ACCOUNT: Record<
	string,
	{ fits: (text: string) => boolean; problem: string; optional?: boolean }
> = {
	baseUrl: { fits: (text) => checkUrl(text, 'str') === true, problem: 'url', optional: true },
	queueLimit: { fits: (text) => /^\d+$/.test(text), problem: 'number', optional: true },
	concurrency: { fits: (text) => /^[1-9]\d*$/.test(text), problem: 'whole' },
};

// The published types do not know its third argument.
export function validateTyped(text: string, type: string, opt?: object): unknown {
	const { validateTypedProperty } = RED.utils as unknown as {
		validateTypedProperty(value: string, type: string, opt?: object): unknown;
	};
	return validateTypedProperty(text, type, opt);
}
