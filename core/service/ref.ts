import { invalidInput } from '../errors';
import { checkId } from '../http/paths';
import { compact } from '../json/objects';
import {
	type IdName,
	idsIn,
	isService,
	named,
	type RequestRef,
	type Service,
	TARGETS,
	type Traits,
	USUAL,
} from '../targets';
import { shorten } from '../text';

/** A target of one kind, with the id of that kind and no other. */
export type TargetOf<S extends Service> = ServiceIn<S> &
	Record<IdName<S>, string> &
	Partial<Record<Exclude<IdName, IdName<S>>, never>>;

type ServiceIn<S extends Service> = S extends typeof USUAL
	? { service?: S | undefined }
	: { service: S };

/** A ComfyUI or LoRA deployment. */
export type DeploymentTarget = TargetOf<'deployment'>;

/** A model that RunComfy hosts, which needs no deployment. */
export type ModelTarget = TargetOf<'model'>;

/** What a request runs: a deployment or a model. */
export type Target = { [S in Service]: TargetOf<S> }[Service];

/** The ids of a request, named as in RunComfy's answers and n8n's items. */
export interface RequestIds extends Partial<Record<(typeof TARGETS)[Service]['stored'], string>> {
	request_id: string;
	/** Absent for a deployment. */
	service?: Exclude<Service, typeof USUAL>;
}

/** Fields that can identify the kind of a target. */
type TargetFields = { service?: unknown } & Partial<Record<IdName, unknown>>;

/**
 * The API that a target belongs to, from `service` or else from the id that is set. @throws RunComfyError
 * `invalid_input`
 */
export function serviceOf(of: TargetFields): Service {
	const { service } = of;
	if (isService(service)) return service;
	if (service === undefined || service === null || service === '') {
		return SERVICES.find((one) => of[TARGETS[one].id]) ?? USUAL;
	}
	throw invalidInput(
		`There is no target called "${shorten(String(service), 60)}"`,
		`Choose ${SERVICES.join(' or ')}.`,
	);
}

const SERVICES = Object.keys(TARGETS) as Service[];

/** The traits of the target's kind, together with its service. @throws RunComfyError `invalid_input` */
export function traitsOf(of: TargetFields): Traits & { service: Service; id: IdName } {
	const service = serviceOf(of);
	return { service, ...TARGETS[service] };
}

/** Trims spaces around the ids and checks them. @throws RunComfyError `invalid_input` */
export function checkTarget<T extends Target>(target: T): T {
	const { service, id } = traitsOf(target);
	return { ...named(service), [id]: checkId(target[id], `${service} id`) } as unknown as T;
}

/** Trims spaces around the ids and checks them. @throws RunComfyError `invalid_input` */
export function checkRef(ref: RequestRef): RequestRef {
	const { service, id, needsTarget } = traitsOf(ref);
	const target = needsTarget || ref[id] ? { [id]: checkId(ref[id], `${service} id`) } : {};
	const requestId = checkId(ref.requestId, 'request id');
	return { ...named(service), ...target, requestId };
}

/** The request that an object names; undefined if an id is missing. */
export function requestIn(of: object): RequestRef | undefined {
	const { requestId, ...names } = idsIn(of);
	const { service, id, needsTarget } = traitsOf(names);
	const target = names[id];
	if (requestId === undefined || (needsTarget && !target)) return undefined;
	return { ...named(service), requestId, ...(target ? { [id]: target } : {}) };
}

/** The id of the deployment or model that a request runs, if known. */
export function targetId(of: TargetFields): string | undefined {
	const id = of[traitsOf(of).id];
	return typeof id === 'string' ? id : undefined;
}

/** The ids of a request, named as in answers and items. */
export function idsOf(ref: RequestRef): RequestIds;
export function idsOf(ref: Partial<RequestRef>): Partial<RequestIds>;
export function idsOf(ref: Partial<RequestRef>): Partial<RequestIds> {
	const { service, id, stored } = traitsOf(ref);
	const target = ref[id] ? { [stored]: ref[id] } : {};
	return { ...compact({ request_id: ref.requestId }), ...named(service), ...target };
}

/** The request that an answer or an item names. */
export function refOf(ids: RequestIds): RequestRef {
	const { service, id, stored } = traitsOf(ids);
	const target = ids[stored as keyof RequestIds] ? { [id]: ids[stored as keyof RequestIds] } : {};
	return { ...named(service), ...target, requestId: ids.request_id };
}
