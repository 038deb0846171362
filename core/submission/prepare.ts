import { addChoiceDefaults } from '../comfyui/choices';
import type { WorkflowReader } from '../deployments/workflow';
import type { Client } from '../http/client';
import type { ModelReader } from '../models/model';
import { checkWebhook } from '../request/webhookUrl';
import type { Target } from '../service/ref';
import { checkByNewest, checkDraft } from './check';
import { complete, type Submission } from './complete';
import type { Draft } from './draft';
import { embedDraft } from './embed';
import { placeFiles, withPlaceholders } from './files';
import { fitDraft } from './fit';
import { refuse, wrongMode } from './refuse';
import { addSeeds } from './seeds';

export interface PrepareOptions {
	/**
	 * Asks for the workflow that will run, or whether a deployment takes inputs by name. Without this function, no
	 * inputs are compared with the workflow.
	 */
	readWorkflow?: WorkflowReader | undefined;
	/** Asks for the model, whose schema the inputs are compared with. */
	readModel?: ModelReader | undefined;
	check?: boolean | undefined;
}

/** A checked draft. */
export interface Prepared {
	/** What it will be submitted to. */
	target: Target;
	/** Reads the files. A submit does so when it is its turn. */
	withFiles(): Promise<Submission>;
}

/** Prepares a submit of inputs of a workflow's nodes. @throws RunComfyError `invalid_input`, `aborted`, `invalid_overrides` */
export async function prepareWorkflow(
	client: Client,
	draft: Draft,
	{ readWorkflow: read, check = true }: PrepareOptions,
): Promise<Prepared> {
	const { toBase64, labels } = client.host;
	if (draft.webhook !== undefined) checkWebhook(client, draft.webhook);
	const embedded = await embedDraft(draft, toBase64);
	const files = await placeFiles(draft, read);
	const checked = await checkByNewest(check ? read : undefined, draft, async (known) => {
		const fitted = await fitDraft(embedded, known, toBase64);
		const chosen = addChoiceDefaults(fitted.overrides, known.workflow, known.info);
		const all = withPlaceholders(chosen.overrides, files);
		const { findings, warnings, sentWhole } = checkDraft(draft, all, known, client);
		return {
			overrides: chosen.overrides,
			sentWhole,
			findings: [...fitted.findings, ...findings],
			warnings: [...fitted.warnings, ...chosen.warnings, ...warnings],
		};
	});
	const { known, overrides, sentWhole } = checked;
	if (known.lora === 'certain') throw wrongMode(draft.deploymentId, 'lora', labels);
	refuse(checked.findings, labels);
	const { seeds, ...drawn } = await addSeeds(draft, overrides, known, read);
	const before = [...(draft.warnings ?? []), ...embedded.warnings, ...known.warnings];
	const warnings = [...before, ...checked.warnings, ...drawn.warnings];
	const ready = { known, files, sentWhole, overrides: drawn.overrides, seeds, warnings };
	const target = { deploymentId: draft.deploymentId };
	return { target, withFiles: () => complete(client, draft, ready) };
}
