import {
	createWorkflowReader,
	drawSeeds,
	findProblems,
	judge,
	mergeOverrides,
	overridesFromRows,
	parseJson,
	refuse,
	type KnownWorkflow,
	type SubmitInput,
	type WorkflowApiJson,
	type WorkflowReader,
} from '../../../core/index.js';
import type { Action } from '../node/action.cjs';
import { invalidInput, messageOf } from '../errors.cjs';
import { readDeploymentId } from './ids.cjs';
import { isEmpty, kindOf, readText, type Fields, type Inputs } from './inputs.cjs';
import { readOverrides, readWorkflow } from './overrides.cjs';
import { fitRows, readRows } from './rows.cjs';
import { snapshot } from './snapshot.cjs';

export interface Submission {
	input: SubmitInput;
	/** The one that will run, where it is known: to name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/** What a user should know of what is sent. */
export interface Notes {
	/** Such as media larger than RunComfy recommends, or that the inputs were not checked. */
	warnings: string[];
	/** Node id → seed, where some are set; one beyond 2^53 as text. */
	seeds?: Record<string, number | string>;
}

/**
 * What to submit, from the fields and the message: rows, and over them the overrides. Unless the node
 * says otherwise it is compared with the workflow before anything is paid for; `onAsk` is called before
 * RunComfy may be asked for that.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists everything that
 * does not fit)
 */
export async function readSubmission(
	action: Pick<Action, 'RED' | 'node' | 'inputs' | 'fields' | 'msg' | 'connection' | 'signal'>,
	onAsk?: (deploymentId: string) => void,
): Promise<Submission> {
	const { fields, inputs, msg, node } = action;
	const deploymentId = await readDeploymentId(inputs);
	const noRows = { rows: [], warnings: [] };
	const { rows, warnings } = fields['inputMode'] === 'rows' ? await readRows(action) : noRows;
	const over = await readOverrides(inputs, fields, msg);
	warnings.push(...over.warnings);
	for (const warning of warnings) node.warn(warning);
	const workflowApiJson = await readWorkflow(inputs);
	const rest = await readPassedOn(inputs);

	const look = (known: KnownWorkflow) => {
		const fitted = fitRows(rows, known);
		const all = mergeOverrides(overridesFromRows(fitted.rows), over.overrides);
		const { overrides, seeds } = drawSeeds(all, known.workflow, known.info);
		const findings = [...fitted.findings, ...findProblems({ workflowApiJson, overrides }, known)];
		return { overrides, seeds, findings };
	};
	const base = { deploymentId, workflowApiJson };
	if (!isUnchecked(fields)) onAsk?.(deploymentId);
	const { overrides, seeds, findings, known } = isUnchecked(fields)
		? { ...look(UNKNOWN), known: UNKNOWN }
		: await judge(readerOf(action), base, look);
	refuse(findings);
	// RunComfy's own tools leave overrides out beside an inline workflow, unless there are some.
	const none = workflowApiJson && Object.keys(overrides).length === 0;
	return {
		input: { ...base, overrides: none ? undefined : overrides, ...rest },
		workflow: workflowApiJson ?? known.workflow,
		notes: {
			warnings: [...warnings, ...known.warnings],
			...(Object.keys(seeds).length > 0 ? { seeds } : {}),
		},
	};
}

/** What RunComfy gets besides the workflow's inputs. @throws RunComfyError `invalid_input` */
export async function readPassedOn(
	inputs: Inputs,
): Promise<Pick<SubmitInput, 'extraData' | 'webhook'>> {
	return {
		extraData: await readExtraData(inputs),
		webhook: await readText(inputs, 'webhook'),
	};
}

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

function isUnchecked({ checkInputs }: Fields): boolean {
	return checkInputs === false || checkInputs === 'false';
}

function readerOf({ connection, signal }: Pick<Action, 'connection' | 'signal'>): WorkflowReader {
	const { client, workflows: cache } = connection;
	return createWorkflowReader(client, { cache, signal });
}

async function readExtraData(inputs: Inputs): Promise<Record<string, unknown> | undefined> {
	const given = await inputs.value('extraData');
	if (isEmpty(given)) return undefined;
	const value = typeof given === 'string' ? parse(given) : snapshot(given, 'extra data');
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
		return value as Record<string, unknown>;
	}
	throw invalidInput(`The extra data are ${kindOf(value)} instead of an object`, EXTRA_DATA_HINT);
}

const EXTRA_DATA_HINT =
	'Give an object such as {"api_key_comfy_org": "…"}, or leave the field empty.';

function parse(text: string): unknown {
	try {
		return parseJson(text);
	} catch (error) {
		throw invalidInput(`The extra data are not valid JSON: ${messageOf(error)}`, EXTRA_DATA_HINT);
	}
}
