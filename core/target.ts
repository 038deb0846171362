/** What a request runs: a ComfyUI or LoRA deployment, or a model that RunComfy hosts. */
export type Target =
	| { readonly deploymentId: string; readonly modelId?: undefined }
	| { readonly modelId: string; readonly deploymentId?: undefined };

/** One accepted request. A model's request is found without the id of the model. */
export type RequestRef =
	| (Extract<Target, { deploymentId: string }> & { readonly requestId: string })
	| {
			readonly modelId?: string | undefined;
			readonly deploymentId?: undefined;
			readonly requestId: string;
	  };

/** The ids of a request and its target, as far as they are known. */
export type Ids = { readonly [Name in (typeof IDS)[number][0]]?: string | undefined };

/** The ids of a request, named as in RunComfy's answers and n8n's items. */
export interface RequestIds {
	request_id: string;
	deployment_id?: string;
	model_id?: string;
}

/** The kinds of targets, as users choose them. */
export type TargetKind = 'deployment' | 'model';

const IDS = [
	['requestId', 'request_id'],
	['deploymentId', 'deployment_id'],
	['modelId', 'model_id'],
] as const;

/** Without a deployment's id, a request is a model's: only that can be found without its target. */
export function kindOf({ deploymentId }: Ids): TargetKind {
	return deploymentId === undefined ? 'model' : 'deployment';
}

/** The ids that an object has of a request and its target. */
export function idsIn(of: object): Ids {
	const fields = of as Record<string, unknown>;
	const there = IDS.filter(([name]) => typeof fields[name] === 'string');
	return Object.fromEntries(there.map(([name]) => [name, fields[name]]));
}

/** The request that the ids name; undefined if there is none yet. */
export function requestIn(ids: Ids): RequestRef | undefined {
	return ids.requestId === undefined ? undefined : (idsIn(ids) as RequestRef);
}

/** The id of the deployment or model, if it is known. */
export function targetId({ deploymentId, modelId }: Ids): string | undefined {
	return deploymentId ?? modelId;
}

/** The ids of a request, named as in answers and items. */
export function idsOf(ref: RequestRef): RequestIds;
export function idsOf(ids: Ids): Partial<RequestIds>;
export function idsOf(ids: Ids): Partial<RequestIds> {
	const there = IDS.filter(([name]) => ids[name] !== undefined);
	return Object.fromEntries(there.map(([name, stored]) => [stored, ids[name]]));
}

/** The request that an answer or an item names. */
export function refOf({ request_id, deployment_id, model_id }: RequestIds): RequestRef {
	return idsIn({
		requestId: request_id,
		deploymentId: deployment_id,
		modelId: model_id,
	}) as RequestRef;
}

/** Where users see their requests on RunComfy, for messages. */
export function pageOf(ids: Ids): string {
	return kindOf(ids) === 'model' ? 'your requests' : 'the deployment’s requests';
}
