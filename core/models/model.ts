import { closest } from '../comfyui/closest';
import { lettersOf } from '../comfyui/form/words';
import { ANSWER_BYTES } from '../defaults';
import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { checkId, modelUrl } from '../http/paths';
import { lookUp, type LookUpOptions, NO_RETRIES, notChecked } from '../http/retry';
import { type Expiring, recall, remember } from '../recent';
import { withTimeLimit } from '../waiting';
import { type Model, readModel, searchModels } from './catalog';

/**
 * `GET /v1/models/{model_id}` (docs.runcomfy.com/model-apis): the model with its `input_schema`.
 * @throws RunComfyError `not_found`, with the ids of similar models
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

/** Milliseconds. An error should not wait long for a suggestion. */
const LIMIT_MS = 5_000;

async function nearestModels(
	client: Client,
	modelId: string,
	signal: AbortSignal,
): Promise<string[]> {
	const words = modelId.split('/').filter(Boolean);
	const searches = [...new Set([words.slice(1).join(' '), words[1] ?? '', words[0] ?? ''])];
	const calls = { signal, retries: NO_RETRIES };
	for (const search of searches.filter(Boolean)) {
		const { models } = await searchModels(client, { search, limit: 50 }, calls);
		const ids = models.map(({ model_id }) => model_id);
		// The model exists, but RunComfy refuses the call.
		if (ids.includes(modelId)) return [];
		// A search for one word of the id also finds models that have nothing else in common with it. People often leave
		// out punctuation: `flux2` for `flux-2`.
		const alike = ids.filter((id) => closest(lettersOf(modelId), [lettersOf(id)]) !== undefined);
		const near = closest(modelId, alike);
		if (alike.length > 0) return [...new Set([...(near ? [near] : []), ...alike])].slice(0, 3);
	}
	return [];
}

export async function withNearest(
	client: Client,
	error: RunComfyError,
	modelId: string,
): Promise<RunComfyError> {
	const names = await withTimeLimit(client.host, LIMIT_MS, undefined, (signal) =>
		nearestModels(client, modelId, signal),
	).catch(() => []);
	if (names.length === 0) {
		return error.with({
			hint: 'Check the model id: choose the model from the list, or copy the id from its page on RunComfy.',
		});
	}
	return error.with({
		hint: `RunComfy has no model ${modelId}. Did you mean ${names.join(' or ')}?`,
		details: { ...error.details, nearest_models: names },
	});
}

interface KnownModel {
	/** Undefined if the model could not be read. */
	model?: Model;
	/** Tells the user why the model is not known. */
	warnings: string[];
}

/** @throws RunComfyError `aborted`; `not_found` for a model that RunComfy does not have */
export type ModelReader = (modelId: string) => Promise<KnownModel>;

export type ModelCache = Expiring<Model>;

/**
 * Reads each model of a flow once. A model that cannot be read is only a warning, unless RunComfy does not have it.
 */
export function createModelReader(
	client: Client,
	{ cache, signal, onAsk }: LookUpOptions & { cache: ModelCache },
): ModelReader {
	const { host } = client;
	const asked = new Map<string, Promise<KnownModel>>();
	const read = async (id: string): Promise<KnownModel> => {
		const cached = recall(cache, id, host.monotonic());
		if (cached) return { model: cached, warnings: [] };
		onAsk?.();
		const found = await lookUp(host, signal, (calls) => getModel(client, id, calls));
		if ('value' in found) {
			remember(cache, id, found.value, host.monotonic());
			return { model: found.value, warnings: [] };
		}
		if (found.error.code === 'not_found') throw found.error;
		return { warnings: [notChecked(found.why)] };
	};
	return (modelId) => {
		const id = checkId(modelId, 'model id');
		const answer = asked.get(id) ?? read(id);
		asked.set(id, answer);
		return answer;
	};
}
