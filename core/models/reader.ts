import { RunComfyError, toRunComfyError } from '../errors';
import type { Client } from '../http/client';
import { checkId } from '../http/paths';
import { LOOK_UP_RETRIES } from '../http/retry';
import { Recent } from '../recent';
import { throwIfAborted, withTimeLimit } from '../time/waiting';
import { recall, remember } from '../workflow/cache';
import type { Model } from './catalog';
import { getModel } from './model';

/** What is known of a model that a request will run. */
export interface KnownModel {
	/** Undefined if it could not be read. */
	model?: Model;
	/** For the user: why it is not known. */
	warnings: string[];
}

/** @throws RunComfyError `aborted`; `not_found` for a model that RunComfy does not have */
export type ModelReader = (modelId: string) => Promise<KnownModel>;

/** What was read of models, for one account. */
export type ModelCache = Recent<string, { value: Model; until: number }>;

const MOST = 50;

/** Milliseconds: a check that saves money must not cost much time when the service hangs. */
const LIMIT_MS = 10_000;

export function createModelCache(): ModelCache {
	return new Recent(MOST);
}

/**
 * Reads the models that the runs of one flow need, each once. One that cannot be read is a warning, unless
 * RunComfy says that there is none.
 */
export function createModelReader(
	client: Client,
	options: { cache?: ModelCache | undefined; signal?: AbortSignal | undefined } = {},
): ModelReader {
	const { cache = createModelCache(), signal } = options;
	const { host } = client;
	const asked = new Map<string, Promise<KnownModel>>();
	const ask = async (id: string): Promise<KnownModel> => {
		const kept = recall(cache, id, host.monotonic());
		if (kept) return { model: kept, warnings: [] };
		try {
			const model = await withTimeLimit(host, LIMIT_MS, signal, (bounded) =>
				getModel(client, id, { signal: bounded, retries: LOOK_UP_RETRIES }),
			);
			remember(cache, id, model, host.monotonic());
			return { model, warnings: [] };
		} catch (thrown) {
			throwIfAborted(signal);
			if (thrown instanceof RunComfyError && thrown.code === 'not_found') throw thrown;
			const { code, message } = toRunComfyError(thrown, 'bad_response');
			const why = code === 'aborted' ? `no answer within ${LIMIT_MS / 1000} s` : message;
			return { warnings: [`The inputs were not checked before the submit: ${why}`] };
		}
	};
	return (modelId) => {
		const id = checkId(modelId, 'model id');
		const before = asked.get(id);
		if (before) return before;
		const asking = ask(id);
		asked.set(id, asking);
		return asking;
	};
}
