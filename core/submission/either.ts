import type { Finding } from '../comfyui/findings';
import type { Client } from '../http/client';
import { checkOverridesOf } from './check';
import { checkDirect, prepareDirect } from './direct';
import type { DirectDraft, Draft } from './draft';
import { type Prepared, type PrepareOptions, prepareWorkflow } from './prepare';

/**
 * Makes a submit of what a user set, and compares it with the workflow or the model before anything is paid for.
 * First comes what can be checked without asking RunComfy.
 * @throws RunComfyError `invalid_input`, `aborted`; `invalid_overrides` lists all that does not fit the workflow;
 * `not_found` for a model that RunComfy does not have
 */
export async function prepare(
	client: Client,
	draft: Draft | DirectDraft,
	options: PrepareOptions = {},
): Promise<Prepared> {
	return 'target' in draft
		? prepareDirect(client, draft, options)
		: prepareWorkflow(client, draft, options);
}

interface CheckOptions extends Omit<PrepareOptions, 'check'> {
	/** Whether the account's own key for partner nodes is the only one that a submit can have. */
	needsKey?: boolean;
}

/**
 * What `prepare` would refuse in a draft without fields and files, and what it would warn of. Submits nothing.
 * @throws RunComfyError `aborted`; `invalid_input` for an id that cannot be one
 */
export async function checkSubmit(
	client: Client,
	draft: Pick<Draft, 'deploymentId' | 'workflow' | 'overrides'> | DirectDraft,
	{ needsKey = false, ...options }: CheckOptions = {},
): Promise<{ findings: Finding[]; warnings: string[]; base_price?: string }> {
	if ('target' in draft) return checkDirect(client, draft, options);
	return checkOverridesOf(options.readWorkflow, draft, needsKey ? client : undefined);
}
