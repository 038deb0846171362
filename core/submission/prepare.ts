import type { OutputNode } from '../files/silent';
import type { Client } from '../http/client';
import { checkWebhook, type SubmitInput } from '../request/submit';
import { nodeOf, type WorkflowApiJson } from '../workflow/graph';
import { mergeOverrides, type Overrides, overridesFromRows } from '../workflow/overrides';
import { type EvaluateJsonata, type PartnerPrice, partnerPrice } from '../workflow/partner/price';
import type { KnownWorkflow, WorkflowReader } from '../workflow/reader';
import { type Drawn, drawSeeds } from '../workflow/seeds';
import { fitAsTold, specOf } from '../workflow/specOf';
import { checkByNewest, findProblems } from './check';
import { completeOverrides } from './complete';
import type { Draft } from './draft';
import { fitFields, warnOfChanges } from './fields';
import { placeholdersOf, readFiles, refuseTwoForOne } from './files';
import { type Finding, refuse } from './findings';
import { withGraphSeeds } from './graphSeeds';
import { embed, embedAll, embedAs, type FileRules } from './media';
import { newInputs, warnOfNewInputs } from './newInputs';
import { outputNodesOf } from './outputNodes';
import { checkPartnerKey, partnerNodesIn } from './partner';

export interface PrepareOptions {
	/** Asks for the workflow that will run; absent where the inputs are not to be checked. */
	read?: WorkflowReader | undefined;
	/** Bytes of the largest file that is embedded; no limit where absent. */
	maxFileBytes?: number | undefined;
	/** A complete JSONata, where the host has one, for the prices of partner nodes. */
	evaluate?: EvaluateJsonata | undefined;
}

/** A submit that was checked, but for the files: they are read when it is its turn. */
export interface Prepared {
	complete(): Promise<Submission>;
}

/** A submit with everything in it. */
export interface Submission {
	input: SubmitInput;
	/** The one that will run, where it is known: to name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	notes: Notes;
}

/** What a user should know of what is sent. Plain data. */
export interface Notes {
	/** Such as a file larger than RunComfy recommends, or that the inputs were not checked. */
	warnings: string[];
	/** Node id → seed, where some are set; one beyond 2^53 as text. */
	seeds?: Record<string, number | string>;
	/** What the partner nodes of the run cost at comfy.org, as far as that is known. */
	partner_price?: PartnerPrice;
	/** The output nodes of the workflow, where its classes are known: each should give something. */
	outputNodes?: OutputNode[];
}

/**
 * Makes a submit of what a user set, and compares it with the workflow before anything is paid for.
 * What needs no answer of RunComfy is checked first.
 * @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` (which lists everything that
 * does not fit)
 */
export async function prepare(
	client: Client,
	wanted: Draft,
	{ read, maxFileBytes, evaluate }: PrepareOptions = {},
): Promise<Prepared> {
	const draft = withGraphSeeds(wanted);
	const { deploymentId, workflowApiJson, files = [] } = draft;
	if (draft.webhook !== undefined) checkWebhook(client, draft.webhook);
	refuseTwoForOne(files);
	const { toBase64 } = client.host;
	const rules = { maxBytes: maxFileBytes, toBase64 };
	const given = await embedGiven(draft, rules);
	const look = async (known: KnownWorkflow) => {
		const fitted = await fit(given, draft, known, rules);
		return { ...fitted, findings: [...fitted.findings, ...checkPartnerKey(client, draft, known)] };
	};
	const { known, findings, overrides, seeds, warnings, byNewest } = read
		? await checkByNewest(read, { deploymentId, workflowApiJson }, look)
		: { ...(await look(UNCHECKED)), known: UNCHECKED };
	refuse(findings);
	const price =
		known.workflow && (await partnerPrice(known.workflow, known.info, overrides, evaluate));
	const partners = partnerNodesIn(client, known);
	return {
		async complete() {
			const embedded = await readFiles(files);
			const all = [...(draft.warnings ?? []), ...given.warnings, ...known.warnings];
			const workflow = workflowApiJson ?? known.workflow;
			const outputNodes = workflow ? outputNodesOf(workflow, known.info) : [];
			const changes = mergeOverrides(overrides, embedded.overrides);
			return {
				input: {
					...inputOf(draft, changes, byNewest ? workflow : workflowApiJson),
					...partners,
				},
				workflow,
				notes: {
					warnings: [...all, ...warnings, ...embedded.warnings],
					...(Object.keys(seeds).length > 0 ? { seeds } : {}),
					...(price ? { partner_price: price } : {}),
					...(outputNodes.length > 0 ? { outputNodes } : {}),
				},
			};
		},
	};
}

const UNCHECKED: KnownWorkflow = { info: {}, warnings: [] };

type Given = Required<Pick<Draft, 'fields' | 'overrides'>> & { warnings: string[] };

/** Files that show what they are become data URIs at once: a large one is refused before any call. */
async function embedGiven(
	{ fields = [], overrides = {} }: Draft,
	rules: FileRules,
): Promise<Given> {
	const embedded = await Promise.all(
		fields.map(async (field) => {
			const { value, warnings } = await embed(field.value, { label: field.label, ...rules });
			return { field: { ...field, value }, warnings };
		}),
	);
	const rest = await embedAll(overrides, (value, label) => embed(value, { label, ...rules }));
	return {
		fields: embedded.map(({ field }) => field),
		overrides: rest.overrides,
		warnings: [...embedded.flatMap(({ warnings }) => warnings), ...rest.warnings],
	};
}

interface Fitted extends Drawn {
	findings: Finding[];
	/** Whether the whole workflow is sent with the changes in it. */
	byNewest: boolean;
	warnings: string[];
}

async function fit(
	given: Given,
	{ workflowApiJson, files = [], untouched }: Draft,
	known: KnownWorkflow,
	rules: FileRules,
): Promise<Fitted> {
	const fitted = await fitFields(given.fields, known, rules, given.overrides);
	const { workflow, info } = known;
	const sofar = mergeOverrides(overridesFromRows(fitted.rows), given.overrides);
	const rest = await embedAll(given.overrides, async (value, label, nodeId, input) => {
		const node = workflow && nodeOf(workflow, nodeId);
		if (!node) return { value, warnings: [] };
		const override = sofar[nodeId]?.inputs;
		const { kind } = specOf(node, input, info, override);
		const fit = fitAsTold(node, input, value, info, override);
		return embedAs(kind, fit, { label, ...rules });
	});
	const all = mergeOverrides(overridesFromRows(fitted.rows), rest.overrides);
	const complete = completeOverrides(all, workflow, info);
	const { overrides, seeds } = drawSeeds(complete.overrides, workflow, info);
	const withFiles = mergeOverrides(overrides, overridesFromRows(placeholdersOf(files)));
	const lacking = workflow ? newInputs(workflow, withFiles) : [];
	return {
		overrides,
		seeds,
		byNewest: lacking.length > 0,
		findings: [
			...fitted.findings,
			...findProblems({ workflowApiJson, overrides: withFiles }, known),
		],
		warnings: [
			...warnOfChanges(untouched, known),
			...fitted.warnings,
			...rest.warnings,
			...complete.warnings,
			...(workflow ? warnOfNewInputs(lacking, workflow) : []),
		],
	};
}

function inputOf(
	{ deploymentId, extraData, webhook, webhookIntermediateStatus }: Draft,
	overrides: Overrides,
	workflowApiJson: WorkflowApiJson | undefined,
): SubmitInput {
	return {
		deploymentId,
		overrides,
		workflowApiJson,
		extraData,
		webhook,
		webhookIntermediateStatus,
	};
}
