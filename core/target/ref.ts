import { RunComfyError } from '../errors';
import { checkId } from '../http/paths';

/** Which of RunComfy's APIs runs a request; what was stored without one is of a deployment. */
export type Service = 'deployment' | 'model';

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

/** What can be run. */
export type Target = DeploymentTarget | ModelTarget;

/** One accepted request. That of a model is known by its own id alone. */
export type RequestRef = DeploymentRef | ModelRef;
export type DeploymentRef = DeploymentTarget & { requestId: string };
export type ModelRef = Omit<ModelTarget, 'modelId'> & {
	requestId: string;
	modelId?: string;
};

/** A request as answers, items, messages and stored data name it. */
export interface RequestIds {
	request_id: string;
	/** Of a deployment's request. */
	deployment_id?: string;
	/** Absent for a deployment. */
	service?: 'model';
	/** Of a model's request, if it is known. */
	model_id?: string;
}

/**
 * Whose request it is.
 * @throws RunComfyError `invalid_input`
 */
export function serviceOf({ service }: { service?: unknown }): Service {
	if (service === undefined || service === null || service === '') return 'deployment';
	if (service === 'deployment' || service === 'model') return service;
	throw new RunComfyError(
		'invalid_input',
		`There is no service "${String(service).slice(0, 60)}"`,
		{
			hint: 'Choose deployment or model.',
		},
	);
}

/** With ids without surrounding blanks. @throws RunComfyError `invalid_input` */
export function checkTarget(target: Target): Target {
	if (serviceOf(target) === 'model') {
		return { service: 'model', modelId: checkId(target.modelId, 'model id') };
	}
	return { deploymentId: checkId(target.deploymentId, 'deployment id') };
}

/** With ids without surrounding blanks. @throws RunComfyError `invalid_input` */
export function checkRef(ref: RequestRef): RequestRef {
	const { modelId } = ref;
	if (serviceOf(ref) === 'model') {
		const known = modelId ? { modelId: checkId(modelId, 'model id') } : {};
		return { service: 'model', ...known, requestId: checkId(ref.requestId, 'request id') };
	}
	return {
		deploymentId: checkId(ref.deploymentId, 'deployment id'),
		requestId: checkId(ref.requestId, 'request id'),
	};
}

/** The id of what runs, if it is known. */
export function targetId({ deploymentId, modelId }: Target | RequestRef): string | undefined {
	return deploymentId ?? modelId;
}

export function idsOf(ref: RequestRef): RequestIds {
	const { requestId: request_id, deploymentId, modelId } = ref;
	if (ref.service !== 'model') return { request_id, deployment_id: deploymentId ?? '' };
	return { request_id, service: 'model', ...(modelId ? { model_id: modelId } : {}) };
}

/** The request that an answer, or stored data, names. */
export function refOf(ids: RequestIds): RequestRef {
	const { request_id: requestId, deployment_id, model_id } = ids;
	if (serviceOf(ids) === 'deployment') return { deploymentId: deployment_id ?? '', requestId };
	return { service: 'model', ...(model_id ? { modelId: model_id } : {}), requestId };
}
