import type { Client } from '../http/client';
import { withOverrides } from '../workflow/applyOverrides';
import type { WorkflowApiJson } from '../workflow/graph';
import type { Overrides } from '../workflow/overrides';
import type { KnownWorkflow, WorkflowChoice, WorkflowReader } from '../workflow/reader';
import type { Finding } from './findings';
import { checkPartnerKey } from './partner';
import { checkOverrides } from './preflight';
import { checkWorkflow } from './wholeWorkflow';

/**
 * Compares what is to be submitted with the workflow that it will run, and submits nothing.
 * @param account whose key for partner nodes is to be there, where that is known to be the only one
 * @returns what does not fit, and why the workflow is not known where it is not
 * @throws RunComfyError `aborted`, `invalid_input` for an id that cannot be one
 */
export async function checkSubmit(
	read: WorkflowReader,
	input: WorkflowChoice & { overrides?: Overrides | undefined },
	account?: Client,
): Promise<{ findings: Finding[]; warnings: string[] }> {
	const { findings, known } = await checkByNewest(read, input, (found) => ({
		findings: [
			...findProblems(input, found),
			...(account ? checkPartnerKey(account, {}, found) : []),
		],
	}));
	return { findings, warnings: known.warnings };
}

/**
 * Checks by what is known of the workflow, and by the newest before anything is refused: whoever has
 * just mended a deployment must not wait for what was kept of it. `byNewest`: what the check gives is
 * made of the workflow itself.
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

/** Everything in a submit that does not fit the workflow it will run; nothing where that is not known. */
export function findProblems(
	input: { overrides?: Overrides | undefined; workflowApiJson?: WorkflowApiJson | undefined },
	{ workflow, info, typed, saved }: KnownWorkflow,
): Finding[] {
	if (!workflow) return [];
	const { overrides = {}, workflowApiJson } = input;
	const ofOverrides = checkOverrides(overrides, workflow, info);
	if (!workflowApiJson) return ofOverrides;
	const told = new Set(ofOverrides.map(({ path }) => path));
	const whole = checkWorkflow(withOverrides(workflowApiJson, overrides), info, { typed, saved });
	return [...whole.filter(({ path }) => !told.has(path)), ...ofOverrides];
}
