import { checkId, type RequestRef, toDeploymentId } from '../../../core/index.js';
import { type Inputs, withSource } from './inputs.cjs';

/** An id, or the address of the deployment's page. @throws RunComfyError `invalid_input` */
export function readDeploymentId(inputs: Inputs): Promise<string> {
	return readChecked(inputs, 'deploymentId', toDeploymentId);
}

/** @throws RunComfyError `invalid_input` */
export async function readRequestRef(inputs: Inputs): Promise<RequestRef> {
	return {
		deploymentId: await readDeploymentId(inputs),
		requestId: await readChecked(inputs, 'requestId', (value) => checkId(value, 'request id')),
	};
}

/** The machine that a request is running on. @throws RunComfyError `invalid_input` */
export function readInstanceId(inputs: Inputs): Promise<string> {
	return readChecked(inputs, 'instanceId', (value) => checkId(value, 'instance id'));
}

async function readChecked(
	inputs: Inputs,
	field: 'deploymentId' | 'requestId' | 'instanceId',
	check: (value: unknown) => string,
): Promise<string> {
	const value = await inputs.value(field);
	try {
		return check(value);
	} catch (error) {
		throw withSource(error, inputs.source(field));
	}
}
