import type { Client } from '../http/client';
import type { WorkflowApiJson } from '../workflow/graph';
import type { KnownWorkflow, WorkflowChoice, WorkflowReader } from '../workflow/load';
import { fitWorkflow } from '../workflow/node';
import type { ObjectInfo } from '../workflow/objectInfo';
import { type Overrides, withOverrides } from '../workflow/overrides';
import { checkComplete } from './checkComplete';
import { checkOverrides } from './checkOverrides';
import { checkWorkflow } from './checkWorkflow';
import type { Draft } from './draft';
import type { Finding } from './findings';
import { checkPartnerKey } from './notes';

/**
 * Compares what is to be submitted with the workflow that it will run, and submits nothing.
 * @param account given if only its own key for partner nodes can be used: then it must have one
 * @returns what does not fit and, if the workflow is not known, why
 * @throws RunComfyError `aborted`, `invalid_input` for an id that cannot be one
 */
export async function checkSubmit(
	read: WorkflowReader,
	{
		deploymentId,
		workflow: workflowApiJson,
		overrides,
	}: Pick<Draft, 'deploymentId' | 'workflow' | 'overrides'>,
	account?: Client,
): Promise<{ findings: Finding[]; warnings: string[] }> {
	const choice = { deploymentId, workflowApiJson };
	const { findings, known } = await checkByNewest(read, choice, (found) => ({
		findings: [
			...findProblems({ overrides, workflowApiJson: workflowApiJson && found.workflow }, found),
			...(account ? checkPartnerKey(account, {}, found) : []),
		],
	}));
	return { findings, warnings: known.warnings };
}

/**
 * Checks against the cached workflow, and against the newest before anything is refused: a user who has
 * just fixed a deployment must not have to wait until the cache forgets it. `byNewest`: the result of the
 * check contains the workflow itself.
 */
export async function checkByNewest<T extends { findings: readonly Finding[]; byNewest?: boolean }>(
	read: WorkflowReader,
	choice: WorkflowChoice,
	check: (known: KnownWorkflow) => T | Promise<T>,
): Promise<T & { known: KnownWorkflow }> {
	const known = fitted(await read(choice), choice);
	const checked = await check(known);
	const certain = checked.findings.length === 0 && checked.byNewest !== true;
	if (certain || !known.kept) return { ...checked, known };
	const newest = fitted(await read(choice, true), choice);
	return { ...(await check(newest)), known: newest };
}

/** A workflow that is sent along, as it is sent: with its values as they are checked. */
function fitted(known: KnownWorkflow, { workflowApiJson }: WorkflowChoice): KnownWorkflow {
	return workflowApiJson ? { ...known, workflow: fitWorkflow(workflowApiJson, known.info) } : known;
}

/** Everything in a submit that does not fit the workflow it will run; nothing if that is not known. */
export function findProblems(
	input: { overrides?: Overrides | undefined; workflowApiJson?: WorkflowApiJson | undefined },
	{ workflow, info, typed, saved, labels }: KnownWorkflow,
): Finding[] {
	if (!workflow) return [];
	const { overrides = {}, workflowApiJson } = input;
	const ofOverrides = checkOverrides(overrides, workflow, info, labels);
	const reported = new Set(ofOverrides.map(({ path }) => path));
	const whole = workflowApiJson
		? checkWorkflow(withOverrides(workflowApiJson, overrides), info, { typed, saved })
		: checkSaved(withOverrides(workflow, overrides), info);
	return [...whole.filter(({ path }) => !reported.has(path)), ...ofOverrides];
}

/** A deployment's own workflow: its author's values are right, so that only an output must be left. */
function checkSaved(workflow: WorkflowApiJson, info: ObjectInfo): Finding[] {
	const { findings, certain } = checkComplete(workflow, info);
	return certain ? findings : [];
}
