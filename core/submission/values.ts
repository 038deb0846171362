import { asObject } from '../json/objects';
import { listFew, valueText } from '../text';
import { checkValue } from '../workflow/checkValue';
import { fitValue } from '../workflow/fit';
import { nodeOf } from '../workflow/graph';
import { type InputSpec, isChoice, isSeed } from '../workflow/inputSpec';
import type { KnownWorkflow } from '../workflow/load';
import { knownNodes, specIn } from '../workflow/node';
import { groupRows, mergeOverrides, type OverrideRow, type Overrides } from '../workflow/overrides';
import type { Draft, FieldValue } from './draft';
import { embedAs, type FileRules, readBytes } from './files';
import type { Finding } from './findings';
import { isRandom } from './seeds';

/**
 * Rows of the fields in the types of their workflow, without what is `null` or cannot be right, which are the
 * findings. With the workflow at hand ranges and choices are left to the check of everything that is sent; without
 * it only the kind counts, since a list of choices that a host kept may be older than the deployment.
 * `besides`: the overrides that are set otherwise; they win.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large.
 */
export async function fitFields(
	fields: readonly FieldValue[],
	known: KnownWorkflow,
	rules: FileRules,
	besides: Overrides = {},
): Promise<{ rows: OverrideRow[]; findings: Finding[] }> {
	const rows: OverrideRow[] = [];
	const findings: Finding[] = [];
	// Which inputs a node has may depend on these.
	const choices = fields.filter(({ value }) => isChoice(value));
	const nodeOf = knownNodes(known, mergeOverrides(groupRows(choices), besides));
	for (const field of fields) {
		if (field.value === null) continue;
		const { nodeId, input, label } = field;
		const node = nodeOf(nodeId);
		const spec = node ? specIn(node, input) : field.spec;
		const value = fitValue(await readBytes(field.value, { ...field, spec }, rules), spec);
		const problem = findProblem(field, value, spec, known);
		if (problem) {
			findings.push(problem);
			continue;
		}
		rows.push({ nodeId, input, value: await embedAs(spec.kind, value, label, rules) });
	}
	return { rows, findings };
}

function findProblem(
	{ nodeId, input, label, source, value: given }: FieldValue,
	value: unknown,
	{ kind, choices }: InputSpec,
	{ workflow }: KnownWorkflow,
): Finding | undefined {
	const path = `${nodeId}.inputs.${input}`;
	const noValue = (why: string): Finding => ({
		path,
		problem: 'no_value',
		message: `${label} has no value: ${source} ${why}`,
	});
	if (value === undefined || (value === '' && kind !== 'string' && !choices?.includes(''))) {
		return noValue('gives none (null leaves the input as deployed)');
	}
	if (typeof value === 'number' && !Number.isFinite(value)) {
		return noValue(`gives ${value}, which is not a number`);
	}
	const rounded = Number.isInteger(value) && !Number.isSafeInteger(value);
	if (!rounded && (workflow || (isSeed(input) && isRandom(given)))) return undefined;
	const problem = checkValue(value, { kind: rounded ? 'integer' : kind });
	return problem && { path, ...problem, message: `${label} ${problem.message}` };
}

export function warnOfChanges(
	untouched: Draft['untouched'] = [],
	{ workflow }: KnownWorkflow,
): string[] {
	const changed = untouched.flatMap(({ nodeId, input, label, value }) => {
		const saved = workflow && asObject(nodeOf(workflow, nodeId)?.inputs)[input];
		return saved === undefined || String(value) === valueText(saved)
			? []
			: [`${label} is ${valueText(saved)} now`];
	});
	if (changed.length === 0) return [];
	return [
		`The deployment has changed since its form was loaded, and runs with its new values: ${listFew(changed)}. Choose the deployment again to see them.`,
	];
}
