import { invalidInput } from '../errors';
import type { Client } from '../http/client';
import type { Draft } from './draft';
import { wrongKind } from './refuse';
import type { ReadMode, ReadOptions, Takes } from './takes';
import { readModelTakes, takesOfLora } from './takesByName';
import { takesOfWorkflow } from './takesByNode';

/**
 * Reads which inputs the target of a draft takes. A deployment of a workflow takes them by node; a hosted model and a
 * deployment of a LoRA by name. If the kind of a deployment is not known, it follows from the inputs.
 * @throws RunComfyError `invalid_input` for inputs by node where the target takes them by name, and the reverse
 */
export async function readTakes(
	client: Client,
	draft: Draft,
	options: ReadOptions,
	mode: ReadMode,
): Promise<Takes> {
	const { target, workflow, randomSeeds = false } = draft;
	const { deploymentId = '', modelId } = target;
	const given = placesIn(draft);
	if (modelId !== undefined) {
		if (given.nodes) throw invalidInput(NO_NODES, 'Give its inputs by name, as on its page.');
		return readModelTakes(modelId, options, mode);
	}
	const { check, fresh } = mode;
	const asks = check || randomSeeds;
	const choice = { deploymentId, workflowApiJson: workflow };
	const found = asks ? await options.readWorkflow?.(choice, fresh) : undefined;
	const { labels } = client.host;
	if (check && found?.lora === 'certain') {
		if (given.nodes || !given.names) throw wrongKind(deploymentId, 'lora', labels);
		return takesOfLora(found);
	}
	const isWorkflow = given.nodes || (check && found?.workflow !== undefined);
	if (isWorkflow && given.names) throw wrongKind(deploymentId, 'not_lora', labels);
	return given.names ? takesOfLora(found) : takesOfWorkflow(client, workflow, found, check);
}

const NO_NODES = 'This is a hosted model: it has no nodes whose inputs could be set';

/** Whether a draft has inputs of nodes, and inputs by name, which are those of the node ''. */
function placesIn({ fields = [], overrides = {}, workflow }: Draft) {
	const ids = [...fields.map(({ nodeId }) => nodeId), ...Object.keys(overrides)];
	return {
		nodes: workflow !== undefined || ids.some((id) => id !== ''),
		names: ids.includes(''),
	};
}
