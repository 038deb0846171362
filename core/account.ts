import { Cache, type Flow } from './cache';
import type { SavedWorkflow } from './comfyui/graph';
import type { ObjectInfo } from './comfyui/objectInfo';
import { type WorkflowReader, workflowReader } from './deployments/workflow';
import { RunComfyError } from './errors';
import type { Client, Traffic } from './http/client';
import { type CallOptions, exchange } from './http/exchange';
import { balanceUrl } from './http/paths';
import { asNumber, asObject, asString, compact } from './json/objects';
import type { Model } from './models/catalog';
import { type ModelReader, modelReader } from './models/model';
import type { Ids } from './target';

/**
 * What a process knows about one account. Never share a cache between accounts or base URLs: what is cached is returned
 * without asking whether the token may see it.
 */
export class AccountCache {
	/** By deployment id. */
	readonly workflows = new Cache<SavedWorkflow>();
	/** By address, version and classes (see `loadObjectInfo`). */
	readonly infos = new Cache<ObjectInfo>();
	/** By model id. */
	readonly models = new Cache<Model>();
	/** Pass this to every client of the account. */
	readonly traffic: Traffic = { polled: 0 };

	/** Reads what the submits of one flow need. Each deployment and model is read once, however many items use it. */
	reader(client: Client, options: Pick<Flow, 'signal'> = {}): Reader {
		const flow = { ...options, id: Symbol('flow'), client };
		return { readWorkflow: workflowReader(flow, this), readModel: modelReader(flow, this) };
	}

	/** The name of a target when it was last read; undefined if it has not been read. */
	targetName({ deploymentId, modelId = '' }: Ids): string | undefined {
		return deploymentId === undefined
			? this.models.last(modelId)?.display_name
			: this.workflows.last(deploymentId)?.name;
	}
}

interface Reader {
	readWorkflow: WorkflowReader;
	readModel: ModelReader;
}

export interface Balance {
	/** US dollars. */
	balance_usd: number;
	/** Millionths of a US dollar. */
	balance_microdollars?: number;
	currency?: string;
}

/**
 * `GET /prod/v2/balance` (as github.com/runcomfy-com/runcomfy-cli calls it). Costs nothing, so it also tests a
 * token.
 * @throws RunComfyError
 */
export async function getBalance(client: Client, options: CallOptions = {}): Promise<Balance> {
	return exchange(client, { url: balanceUrl(client), read: readBalance }, options);
}

function readBalance(body: unknown): Balance {
	const { balance_microdollars, balance_usd, currency } = asObject(body);
	const micro = asNumber(balance_microdollars);
	const usd = asNumber(balance_usd) ?? (micro === undefined ? undefined : micro / 1e6);
	if (usd === undefined) throw new RunComfyError('bad_response', 'The answer holds no balance');
	return {
		balance_usd: usd,
		...compact({ balance_microdollars: micro, currency: asString(currency) }),
	};
}
