import type { Client } from '../http/client';
import type { LookUpOptions } from '../http/retry';
import { createModelReader, type ModelCache, type ModelReader } from '../models/model';
import { Recent } from '../recent';
import { createWorkflowReader, type WorkflowReader } from '../workflow/load';
import { createWorkflowCache } from '../workflow/loadObjectInfo';

/**
 * What was read of one account's deployments and of the hosted models. Accounts must never share one: it
 * answers without asking whether the token may see a deployment.
 */
export class AccountCache {
	readonly workflows = createWorkflowCache();
	readonly models: ModelCache = new Recent(MOST_MODELS);

	/** Reads what the submits of one flow need: each deployment and each model once, however many items ask for it. */
	reader(client: Client, options: LookUpOptions = {}): Reader {
		const { workflows, models } = this;
		return {
			readWorkflow: createWorkflowReader(client, { ...options, cache: workflows }),
			readModel: createModelReader(client, { ...options, cache: models }),
		};
	}

	/** What a target was called when it was last read; undefined if it was not. */
	nameOf({ deploymentId = '', modelId = '' }: TargetIds): string | undefined {
		const { workflows } = this.workflows;
		return workflows.get(deploymentId)?.value.name ?? this.models.get(modelId)?.value.display_name;
	}
}

const MOST_MODELS = 50;

interface Reader {
	readWorkflow: WorkflowReader;
	readModel: ModelReader;
}

interface TargetIds {
	deploymentId?: string | undefined;
	modelId?: string | undefined;
}
