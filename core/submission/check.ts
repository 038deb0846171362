import type { Client } from '../http/client';
import type { WorkflowApiJson } from '../workflow/graph';
import { runnableWorkflow } from '../workflow/import/workflowSource';
import { type Overrides, withOverrides } from '../workflow/overrides';
import type { KnownWorkflow, WorkflowChoice, WorkflowReader } from '../workflow/reader';
import { checkOverrides } from './checkOverrides';
import { checkWorkflow } from './checkWorkflow';
import type { Draft } from './draft';
import type { Finding } from './findings';
import { checkPartnerKey } from './notes';

/**
 * Compares what is to be submitted with the workflow that it will run, and submits nothing.
 * @param account given if only its key for partner nodes can be used: then that key must be there
 * @returns what does not fit and, if the workflow is not known, why
 * @throws RunComfyError `aborted`, `invalid_input` for an id that cannot be one, or a workflow that
 * cannot be converted
 */
export async function checkSubmit(
	read: WorkflowReader,
	{ deploymentId, workflow, overrides }: Pick<Draft, 'deploymentId' | 'workflow' | 'overrides'>,
	account?: Client,
): Promise<{ findings: Finding[]; warnings: string[] }> {
	const workflowApiJson = workflow && (await runnableWorkflow(read, deploymentId, workflow));
	const input = { deploymentId, workflowApiJson, overrides };
	const { findings, known } = await checkByNewest(read, input, (found) => ({
		findings: [
			...findProblems(input, found),
			...(account ? checkPartnerKey(account, {}, found) : []),
		],
	}));
	return { findings, warnings: known.warnings };
}

/**
 * Checks against what is known of the workflow, and against the newest before anything is refused:
 * whoever has just fixed a deployment must not wait until the cache forgets it. `byNewest`: the result
 * of the check holds the workflow itself.
 */
export async function checkByNewest<T extends { findings: readonly Finding[]; byNewest?: boolean }>(
	read: WorkflowReader,
	choice: WorkflowChoice,
	check: (known: KnownWorkflow) => T | Promise<T>,
): Promise<T & { known: KnownWorkflow }> {
	const known = await read(choice);
	const checked = await check(known);
	const certain = checked.findings.length === 0 && checked.byNewest !== true;
	if (certain || !known.kept) return { ...checked, known };
	const newest = await read(choice, true);
	return { ...(await check(newest)), known: newest };
}

/** Everything in a submit that does not fit the workflow it will run; nothing if that is not known. */
export function findProblems(
	input: { overrides?: Overrides | undefined; workflowApiJson?: WorkflowApiJson | undefined },
	{ workflow, info, typed, saved, labels }: KnownWorkflow,
): Finding[] {
	if (!workflow) return [];
	const { overrides = {}, workflowApiJson } = input;
	const ofOverrides = checkOverrides(overrides, workflow, info, labels);
	if (!workflowApiJson) return ofOverrides;
	const told = new Set(ofOverrides.map(({ path }) => path));
	const whole = checkWorkflow(withOverrides(workflowApiJson, overrides), info, { typed, saved });
	return [...whole.filter(({ path }) => !told.has(path)), ...ofOverrides];
}
