import type { Finding } from '../comfyui/findings';
import { type InputSpec, isChoice, isRandomSeed } from '../comfyui/inputSpec';
import { fitAsDeclared, knownNodes, specIn } from '../comfyui/node';
import {
	groupRows,
	mergeOverrides,
	type OverrideRow,
	type Overrides,
	overridesFromRows,
} from '../comfyui/overrides';
import { checkValue } from '../comfyui/values';
import { fitValue } from '../comfyui/values';
import type { KnownWorkflow } from '../deployments/workflow';
import type { FieldValue } from './draft';
import { changeInputs, embedAs, type Embedded, type FileRules, readBytes } from './embed';

/**
 * What is set in fields and JSON, in the types of the workflow.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large.
 */
export async function fitDraft(
	{ fields, overrides: json }: Pick<Embedded, 'fields' | 'overrides'>,
	known: KnownWorkflow,
	toBase64: FileRules['toBase64'],
): Promise<{ overrides: Overrides; findings: Finding[]; warnings: string[] }> {
	const rules: FileRules = { toBase64, warnings: [] };
	const { rows, findings } = await fitFields(fields, json, known, rules);
	const set = mergeOverrides(overridesFromRows(rows), json);
	const overrides = await fitJson(set, json, known, rules);
	return { overrides, findings, warnings: rules.warnings };
}

/**
 * Rows of the fields in the types of their workflow, without what is `null` or cannot be right, which are the
 * findings. If the workflow is known, the check of everything that is sent also covers ranges and choices; without
 * it only the kind counts, since a list of choices that a host has stored may be older than the deployment.
 * `json`: the overrides that win over them.
 */
async function fitFields(
	fields: readonly FieldValue[],
	json: Overrides,
	known: KnownWorkflow,
	rules: FileRules,
): Promise<{ rows: OverrideRow[]; findings: Finding[] }> {
	const rows: OverrideRow[] = [];
	const findings: Finding[] = [];
	// Which inputs a node has may depend on these.
	const choices = fields.filter(({ value }) => isChoice(value));
	const nodeOf = knownNodes(known, mergeOverrides(groupRows(choices), json));
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
	if (!rounded && (workflow || isRandomSeed(input, given))) return undefined;
	const problem = checkValue(value, { kind: rounded ? 'integer' : kind });
	return problem && { path, ...problem, message: `${label} ${problem.message}` };
}

/** Everything that is set, with values from JSON converted to the types of the workflow. */
function fitJson(
	set: Overrides,
	json: Overrides,
	known: KnownWorkflow,
	rules: FileRules,
): Promise<Overrides> {
	const nodeOf = knownNodes(known, set);
	return changeInputs(set, async (value, label, nodeId, input) => {
		const node = nodeOf(nodeId);
		const given = Object.hasOwn(json, nodeId) ? json[nodeId]?.inputs : undefined;
		if (!given || !Object.hasOwn(given, input)) return value;
		const spec = node && specIn(node, input);
		const plain = await readBytes(value, { input, label, spec }, rules);
		if (!node || !spec) return plain;
		return embedAs(spec.kind, fitAsDeclared(node, input, plain), label, rules);
	});
}
