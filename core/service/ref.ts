import { invalidInput } from '../errors';
import { checkId } from '../http/paths';

/** The names of each API's target, here and in stored data, and whether its requests need the target. */
const SERVICES = {
	deployment: { id: 'deploymentId', stored: 'deployment_id', what: 'deployment id', needed: true },
	model: { id: 'modelId', stored: 'model_id', what: 'model id', needed: false },
} as const;

/** Which of RunComfy's APIs runs a request; data stored without one is about a deployment. */
export type Service = keyof typeof SERVICES;

/** A ComfyUI or LoRA deployment. */
export interface DeploymentTarget {
	service?: 'deployment' | undefined;
	deploymentId: string;
	modelId?: never;
}

/** A model that RunComfy hosts, which needs no deployment. */
export interface ModelTarget {
	service: 'model';
	modelId: string;
	deploymentId?: never;
}

/** What a request runs. */
export type Target = DeploymentTarget | ModelTarget;

/** One accepted request. A deployment's needs the deployment's id, a model's only its own. */
export interface RequestRef {
	readonly service?: Service | undefined;
	readonly deploymentId?: string;
	readonly modelId?: string;
	readonly requestId: string;
}

/** A request as RunComfy's answers and n8n's items name it. */
export interface RequestIds {
	request_id: string;
	deployment_id?: string;
	/** Absent for a deployment. */
	service?: Exclude<Service, 'deployment'>;
	model_id?: string;
}

/** The API that a request belongs to. @throws RunComfyError `invalid_input` */
export function serviceOf({ service }: { service?: unknown }): Service {
	if (service === undefined || service === null || service === '') return 'deployment';
	if (typeof service === 'string' && Object.hasOwn(SERVICES, service)) return service as Service;
	throw invalidInput(
		`There is no service "${String(service)}"`,
		`Choose one of ${Object.keys(SERVICES).join(', ')}.`,
	);
}

/** Trims blanks around the ids. @throws RunComfyError `invalid_input` */
export function checkTarget<T extends Target>(target: T): T {
	const service = serviceOf(target);
	const { id, what } = SERVICES[service];
	return { ...named(service), [id]: checkId(target[id], what) } as unknown as T;
}

/** Trims blanks around the ids. @throws RunComfyError `invalid_input` */
export function checkRef(ref: RequestRef): RequestRef {
	const service = serviceOf(ref);
	const { id, what, needed } = SERVICES[service];
	const target = needed || ref[id] ? { [id]: checkId(ref[id], what) } : {};
	const requestId = checkId(ref.requestId, 'request id');
	return { ...named(service), ...target, requestId };
}

/** Names the service, which a deployment's request leaves out. */
function named(service: Service): { service?: Service } {
	return service === 'deployment' ? {} : { service };
}

/** The request that is named; undefined if there is none, or not all that it needs. */
export function requestIn({
	service,
	deploymentId,
	modelId,
	requestId,
}: Partial<RequestRef>): RequestRef | undefined {
	if (requestId === undefined) return undefined;
	if (service === 'model') return { service, requestId, ...(modelId ? { modelId } : {}) };
	return deploymentId ? { requestId, deploymentId } : undefined;
}

/** The id of what a request runs, if it is known. */
export function targetId(of: Partial<RequestRef>): string | undefined {
	return of[SERVICES[serviceOf(of)].id];
}

/** Its names in answers and items. */
export function idsOf(ref: RequestRef): RequestIds {
	const service = serviceOf(ref);
	const { id, stored } = SERVICES[service];
	const target = ref[id] ? { [stored]: ref[id] } : {};
	return { request_id: ref.requestId, ...named(service), ...target } as RequestIds;
}

/** The request that an answer or an item names. */
export function refOf(ids: RequestIds): RequestRef {
	const service = serviceOf(ids);
	const { id, stored } = SERVICES[service];
	const target = ids[stored] ? { [id]: ids[stored] } : {};
	return { ...named(service), ...target, requestId: ids.request_id };
}
