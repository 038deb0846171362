import { checkId, deploymentIdFromUrl, type RequestRef } from '../../../core/index.js';
import { withSource, type Inputs } from './inputs.cjs';

/** An id, or the address of the deployment's page. @throws RunComfyError `invalid_input` */
export async function readDeploymentId(inputs: Inputs): Promise<string> {
	const value = deploymentIn(await inputs.value('deploymentId'));
	return check(inputs, value, 'deploymentId', 'deployment id');
}

/** The id in the address of a deployment's page; anything else as it is. */
export function deploymentIn(value: unknown): unknown {
	const isUrl = typeof value === 'string' && /^https?:/i.test(value.trim());
	return (isUrl ? deploymentIdFromUrl(value) : undefined) ?? value;
}

/** @throws RunComfyError `invalid_input` */
export async function readRequestRef(inputs: Inputs): Promise<RequestRef> {
	const requestId = await inputs.value('requestId');
	return {
		deploymentId: await readDeploymentId(inputs),
		requestId: check(inputs, requestId, 'requestId', 'request id'),
	};
}

function check(
	inputs: Inputs,
	value: unknown,
	field: 'deploymentId' | 'requestId',
	what: 'deployment id' | 'request id',
): string {
	try {
		return checkId(value, what);
	} catch (error) {
		throw withSource(error, inputs.source(field));
	}
}
