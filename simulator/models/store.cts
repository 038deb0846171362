import type { PoolOwner } from '../pool.cjs';
import type { ModelIds } from '../types.cjs';
import { CATALOG } from './catalog.cjs';
import type { Model } from './model.cjs';

/** With the machines of its own that the simulator runs it on. */
export interface HostedModel extends Model, PoolOwner {}

/** By id. */
export type ModelStore = ReadonlyMap<string, HostedModel>;

/** The same in every simulator. */
export const MODEL_IDS = Object.fromEntries(
	Object.entries(CATALOG).map(([key, { model_id }]) => [key, model_id]),
) as unknown as ModelIds;

export const createModels = (maxInstances: number): ModelStore =>
	new Map(
		Object.values(CATALOG).map((model) => [
			model.model_id,
			{
				...{ ...model, id: model.model_id, name: model.display_name },
				...{ max_instances: maxInstances, min_instances: 0, keep_warm_duration_in_seconds: 0 },
				alwaysWarm: true,
			},
		]),
	);
