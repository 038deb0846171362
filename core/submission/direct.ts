import type { Finding } from '../comfyui/findings';
import type { HostLabels } from '../host';
import type { Client } from '../http/client';
import { compact } from '../json/objects';
import { modelPrice } from '../models/catalog';
import { readInputs } from '../models/schema';
import { checkWebhook } from '../request/webhookUrl';
import { checkTarget } from '../service/ref';
import { checkInputs, type Takes, warnOfUnlisted } from './checkDirect';
import { gatherInputs } from './directInputs';
import { readDirectFiles } from './directValues';
import type { DirectDraft } from './draft';
import type { Prepared, PrepareOptions } from './prepare';
import { refuseDirect, wrongMode } from './refuse';

/**
 * Prepares a submit of inputs by name.
 * @throws RunComfyError `invalid_input` (`details.findings` lists all that does not fit; for a
 * deployment that has a workflow `details.reason` is `not_lora`), `not_found`, `aborted`
 */
export async function prepareDirect(
	client: Client,
	draft: DirectDraft,
	options: PrepareOptions,
): Promise<Prepared> {
	const { target, given, findings, price } = await compare(client, draft, options);
	refuseDirect(findings, client.host.labels);
	const { files, warnings, seeds } = given;
	const { webhook } = draft;
	return {
		target,
		async withFiles() {
			const read = await readDirectFiles(files);
			const inputs = { ...given.inputs, ...read.inputs };
			return {
				input: target.service === 'model' ? { ...target, inputs } : { ...target, inputs, webhook },
				workflow: undefined,
				notes: {
					warnings: [...warnings, ...read.warnings],
					...(Object.keys(seeds).length > 0 ? { seeds } : {}),
					...price,
				},
			};
		},
	};
}

/** Prepares a submit of inputs by name. @throws RunComfyError */
export async function checkDirect(
	client: Client,
	draft: DirectDraft,
	options: PrepareOptions,
): Promise<{ findings: Finding[]; warnings: string[]; base_price?: string }> {
	const { findings, given, price } = await compare(client, draft, options);
	return { findings, warnings: given.warnings, ...price };
}

async function compare(client: Client, draft: DirectDraft, options: PrepareOptions) {
	const { check = true } = options;
	const { toBase64, labels } = client.host;
	const target = checkTarget(draft.target);
	if (draft.webhook !== undefined) checkWebhook(client, draft.webhook);
	const takes = check ? await readTakes(target, options, labels) : { warnings: [] };
	const given = await gatherInputs(draft, takes, {
		toBase64,
		warnings: [...(draft.warnings ?? []), ...takes.warnings],
	});
	const refused = given.problems.map(({ path }) => path);
	// A refused input is not among the inputs, so it would also be reported as missing.
	const others = checkInputs(given, takes).filter(
		({ path }) => !refused.some((one) => one === path || one.startsWith(`${path}.`)),
	);
	const findings = [...given.problems, ...others];
	if (takes.inputs) given.warnings.push(...warnOfUnlisted(given, takes.inputs));
	return { target, given, findings, price: compact({ base_price: takes.base_price }) };
}

async function readTakes(
	target: DirectDraft['target'],
	{ readWorkflow, readModel }: PrepareOptions,
	labels: HostLabels | undefined,
): Promise<Takes> {
	if (target.service !== 'model') {
		const known = await readWorkflow?.({ deploymentId: target.deploymentId });
		if (known?.workflow) throw wrongMode(target.deploymentId, 'not_lora', labels);
		// Only its page lists its inputs.
		return { warnings: known && !known.lora ? known.warnings : [] };
	}
	const known = await readModel?.(target.modelId);
	const { model, warnings = [] } = known ?? {};
	if (!model) return { warnings };
	const inputs = readInputs(model);
	return {
		model,
		...compact({ inputs, base_price: modelPrice(model) }),
		warnings: inputs ? warnings : [...warnings, NO_SCHEMA],
	};
}

const NO_SCHEMA =
	'The inputs were not checked before the submit: RunComfy does not say what the model takes';
