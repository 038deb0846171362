import { createWorkflowCache } from './deployments/objectInfo';
import { createWorkflowReader, type WorkflowReader } from './deployments/workflow';
import { RunComfyError } from './errors';
import type { Client, Traffic } from './http/client';
import { type CallOptions, exchange } from './http/exchange';
import { balanceUrl } from './http/paths';
import type { LookUpOptions } from './http/retry';
import { asNumber, asObject, asString, compact } from './json/objects';
import { createModelReader, type ModelCache, type ModelReader } from './models/model';
import { Recent } from './recent';
import { serviceOf, targetId } from './service/ref';
import type { RequestRef, Service } from './targets';

/**
 * What a process knows about one account: its deployments and models as last read, and how many of its requests are
 * being polled. Never share a cache between accounts: a cached deployment is returned without checking whether the
 * token may see it.
 */
export class AccountCache {
	readonly workflows = createWorkflowCache();
	readonly models: ModelCache = new Recent(MOST_MODELS);
	/** Pass this to every client of the account. */
	readonly traffic: Traffic = { polled: 0 };

	/** Reads what the submits of one flow need. Each deployment and model is read once, however many items use it. */
	reader(client: Client, options: LookUpOptions = {}): Reader {
		const { workflows, models } = this;
		return {
			readWorkflow: createWorkflowReader(client, { ...options, cache: workflows }),
			readModel: createModelReader(client, { ...options, cache: models }),
		};
	}

	/** The name of a target when it was last read; undefined if it has not been read. */
	targetName(of: Partial<RequestRef>): string | undefined {
		const id = targetId(of) ?? '';
		const names: Record<Service, () => string | undefined> = {
			deployment: () => this.workflows.workflows.get(id)?.value.name,
			model: () => this.models.get(id)?.value.display_name,
		};
		return names[serviceOf(of)]();
	}
}

const MOST_MODELS = 50;

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
