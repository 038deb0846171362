import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Deployment } from '../../../../core';
import { withoutBigInts } from '../../items/json';

/** What people and models choose by. The names are the API's own, so that expressions stay valid. */
const SIMPLIFIED = [
	'id',
	'name',
	'status',
	'is_enabled',
	'hardware',
	'min_instances',
	'max_instances',
	'queue_size',
	'keep_warm_duration_in_seconds',
	'workflow_version',
] as const satisfies ReadonlyArray<keyof Deployment>;

/** Whole documents. The API may add them unasked; the item has them only if the user asked for them. */
const LARGE = ['payload', 'readme'] as const satisfies ReadonlyArray<keyof Deployment>;

export interface Shape {
	simplify: boolean;
	payload?: boolean;
	readme?: boolean;
}

export function toDeploymentItem(deployment: Deployment, shape: Shape): INodeExecutionData {
	const small = Object.keys(deployment).filter((name) => !LARGE.includes(name as never));
	const names = [
		...(shape.simplify ? SIMPLIFIED : small),
		...LARGE.filter((name) => shape[name]),
	] as Array<keyof Deployment>;
	const json = Object.fromEntries(
		names.flatMap((name) => (name in deployment ? [[name, deployment[name]]] : [])),
	);
	return { json: withoutBigInts(json) as IDataObject };
}
