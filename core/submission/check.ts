import { checkOverrides } from '../comfyui/checkOverrides';
import { checkComplete } from '../comfyui/checkWorkflow';
import { checkWorkflow } from '../comfyui/checkWorkflow';
import { few, type Finding, nameOf } from '../comfyui/findings';
import { nodeOf, type WorkflowApiJson } from '../comfyui/graph';
import { fitWorkflow } from '../comfyui/node';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { type Overrides, withOverrides } from '../comfyui/overrides';
import { givesPartnerKey, partnerNodesOf } from '../comfyui/partner';
import type { KnownWorkflow, WorkflowChoice, WorkflowReader } from '../deployments/workflow';
import type { Client } from '../http/client';
import { isObject } from '../json/objects';
import { listFew } from '../text';
import type { Draft } from './draft';

/**
 * Checks a draft against the workflow that it runs: finds what does not fit or, if the workflow is not known, why
 * that is.
 * @param account see `checkDraft`
 * @throws RunComfyError `aborted`, `invalid_input` for an id that cannot be one
 */
export async function checkOverridesOf(
	read: WorkflowReader | undefined,
	draft: Pick<Draft, 'deploymentId' | 'workflow' | 'overrides'>,
	account?: Client,
): Promise<{ findings: Finding[]; warnings: string[] }> {
	const { findings, known } = await checkByNewest(read, draft, (found) =>
		checkDraft(draft, draft.overrides ?? {}, found, account),
	);
	return { findings, warnings: known.warnings };
}

/**
 * Checks against the cached workflow, and against the newest before anything is refused: a user who has
 * just fixed a deployment must not have to wait until the cache forgets it. `sentWhole`: the submit contains
 * the workflow itself. Without `read` the workflow is not known.
 */
export async function checkByNewest<T extends { findings: readonly Finding[]; sentWhole: boolean }>(
	read: WorkflowReader | undefined,
	{ deploymentId, workflow: workflowApiJson }: Pick<Draft, 'deploymentId' | 'workflow'>,
	check: (known: KnownWorkflow) => T | Promise<T>,
): Promise<T & { known: KnownWorkflow }> {
	const choice = { deploymentId, workflowApiJson };
	const known = read ? fitted(await read(choice), choice) : UNKNOWN;
	const checked = await check(known);
	const certain = checked.findings.length === 0 && !checked.sentWhole;
	if (!read || certain || !known.cached) return { ...checked, known };
	const newest = fitted(await read(choice, true), choice);
	return { ...(await check(newest)), known: newest };
}

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

/** A workflow that is sent along, as it is sent: with its values as they are checked. */
function fitted(known: KnownWorkflow, { workflowApiJson }: WorkflowChoice): KnownWorkflow {
	return workflowApiJson ? { ...known, workflow: fitWorkflow(workflowApiJson, known.info) } : known;
}

/**
 * Checks everything in a submit against the workflow that it will run, and finds what does not fit and what ComfyUI
 * will not do; nothing if that workflow is not known. `sentWhole`: whether it must be sent along with the overrides
 * in it.
 * @param account without it, a missing key for partner nodes is not reported
 */
export function checkDraft(
	{ workflow: graph, extraData }: Pick<Draft, 'workflow' | 'extraData'>,
	overrides: Overrides,
	{ workflow, info, typed, saved, labels }: KnownWorkflow,
	account?: Client,
): { findings: Finding[]; warnings: string[]; sentWhole: boolean } {
	if (!workflow) return { findings: [], warnings: [], sentWhole: false };
	const changed = withOverrides(workflow, overrides);
	const complete = checkComplete(changed, info);
	const ofOverrides = checkOverrides(overrides, workflow, info, labels);
	const reported = new Set(ofOverrides.map(({ path }) => path));
	// Its author chose the values of a deployment's own workflow, so they are right: only an output must be left.
	const ofSaved = complete.certain ? complete.findings : [];
	const whole = graph ? checkWorkflow(changed, info, { typed, saved }) : ofSaved;
	const ofKey = account ? checkPartnerKey(account, extraData, workflow, info) : [];
	const reasons = whySentWhole(workflow, overrides);
	return {
		findings: [...whole.filter(({ path }) => !reported.has(path)), ...ofOverrides, ...ofKey],
		warnings: [...reasons, ...complete.warnings],
		sentWhole: reasons.length > 0,
	};
}

/**
 * Why the whole workflow must be sent with the overrides in it, as warnings: they set inputs that its nodes
 * lack, and RunComfy may refuse these (422001); or a node has no inputs at all, and ComfyUI refuses it.
 */
function whySentWhole(workflow: WorkflowApiJson, overrides: Overrides): string[] {
	const added = Object.entries(overrides).flatMap(([id, { inputs }]) => {
		const node = nodeOf(workflow, id);
		const names = node ? Object.keys(inputs) : [];
		return names
			.filter((input) => !Object.hasOwn(node?.inputs ?? {}, input))
			.map((input) => `${nameOf(id, workflow)} → ${input}`);
	});
	const bare = Object.keys(workflow).filter((id) => !isObject(workflow[id]?.inputs));
	const warnings: string[] = [];
	if (added.length > 0) {
		warnings.push(
			`The saved workflow holds no value yet for ${listFew(added)}. RunComfy may refuse overrides of such inputs, so the whole workflow was sent with the changes in it (workflow_api_json).`,
		);
	}
	if (bare.length > 0) {
		const names = listFew(bare.map((id) => nameOf(id, workflow)));
		warnings.push(
			`The saved workflow has no "inputs" at ${names}, and ComfyUI refuses such a node, so the whole workflow was sent with empty ones (workflow_api_json).`,
		);
	}
	return warnings;
}

/**
 * Finds a workflow with partner nodes and no key for them: ComfyUI accepts such a run, which fails once its
 * machine is up and paid for. Finds nothing if its classes are not known.
 */
function checkPartnerKey(
	{ host }: Client,
	extraData: Draft['extraData'],
	workflow: WorkflowApiJson,
	info: ObjectInfo,
): Finding[] {
	if (host.partnerKey || givesPartnerKey(extraData)) return [];
	const nodes = partnerNodesOf(workflow, info);
	const [first] = nodes;
	if (!first) return [];
	const names = few(nodes.map(({ nodeId }) => nameOf(nodeId, workflow)));
	const message =
		nodes.length === 1
			? `The node ${names} runs at a partner of ComfyUI, which takes an API key of comfy.org, and there is none`
			: `The nodes ${names} run at partners of ComfyUI, which take an API key of comfy.org, and there is none`;
	return [{ path: first.nodeId, problem: 'no_partner_key', message }];
}
