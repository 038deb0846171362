import { ANSWER_BYTES } from '../defaults';
import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkId, modelUrl } from '../http/paths';
import { type Model, readModel } from './catalog';
import { withNearest } from './nearest';

/**
 * `GET /v1/models/{model_id}` (docs.runcomfy.com/model-apis): with its `input_schema`.
 * @throws RunComfyError `not_found`, with the names of models that may be meant
 */
export async function getModel(
	client: Client,
	modelId: string,
	options: CallOptions = {},
): Promise<Model> {
	const id = checkId(modelId, 'model id');
	try {
		return await exchange(
			client,
			{
				method: 'GET',
				url: modelUrl(client, id),
				maxBytes: ANSWER_BYTES.deployments,
				facts: { service: 'model', modelId: id },
				read: readModel,
			},
			options,
		);
	} catch (error) {
		const unknown = error instanceof RunComfyError && error.code === 'not_found';
		throw unknown ? await withNearest(client, error, id) : error;
	}
}
