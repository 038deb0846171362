import { type Cache, type Flow, notChecked } from '../cache';
import { ANSWER_BYTES } from '../defaults';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkId, modelUrl } from '../http/paths';
import { type Model, readModel } from './catalog';

/**
 * `GET /v1/models/{model_id}` (docs.runcomfy.com/model-apis): the model with its `input_schema`.
 * @throws RunComfyError
 */
export async function getModel(
	client: Client,
	modelId: string,
	options: CallOptions = {},
): Promise<Model> {
	const id = checkId(modelId, 'model id');
	return exchange(
		client,
		{
			url: modelUrl(client, id),
			maxBytes: ANSWER_BYTES.deployments,
			facts: { modelId: id },
			read: readModel,
		},
		options,
	);
}

interface KnownModel {
	/** Undefined if the model could not be read. */
	model?: Model;
	/** Tells the user why the model is not known. */
	warnings: string[];
}

/** @throws RunComfyError `aborted`; `not_found` for a model that RunComfy does not have */
export type ModelReader = (modelId: string) => Promise<KnownModel>;

/** A model that cannot be read is only a warning, unless RunComfy does not have it. */
export function modelReader(flow: Flow, { models }: { models: Cache<Model> }): ModelReader {
	return async (modelId) => {
		const id = checkId(modelId, 'model id');
		const found = await models.read(id, flow, (calls) => getModel(flow.client, id, calls));
		if ('value' in found) return { model: found.value, warnings: [] };
		if (found.error.code === 'not_found') throw found.error;
		return { warnings: [notChecked(found.error)] };
	};
}
