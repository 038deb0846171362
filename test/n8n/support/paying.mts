import { expect } from '@jest/globals';
import type { Outcome } from '../../../scripts/hosts/n8n-engine.mjs';
import { byId, type Json, type Parameters, type Rig } from './rig.mts';

/** Retry On Fail, as fast as n8n allows. */
export const RETRY: Json = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

export const runAndWait = ({ simulator }: Rig, more: Json = {}): Parameters => ({
	operation: 'runAndWait',
	deploymentId: byId(simulator.deploymentIds.textToImage),
	inputMode: 'json',
	overrides: '{}',
	...more,
	options: {
		downloadFiles: false,
		checkInputs: false,
		...(more['options'] as Json | undefined),
	},
});

/** Ids of the requests that RunComfy has accepted in the present test, in their order. */
export function paidIn({ simulator }: Rig): string[] {
	return simulator.requests
		.filter(({ route, requestId }) => route === 'submit' && requestId !== undefined)
		.map(({ requestId }) => String(requestId));
}

export const stateOf = ({ simulator }: Rig, requestId: unknown) =>
	simulator.jobs.get(String(requestId))?.state;

export interface NamedRequest {
	item: number;
	request_id: string;
	status: string;
}

/** The requests that the error of a run names. */
export function namedIn({ status, error }: Outcome): NamedRequest[] {
	expect(status).toBe('error');
	const details = error?.context?.data?.['error_details'] as { requests?: NamedRequest[] };
	return details?.requests ?? [];
}

export const codeOf = ({ error }: Outcome) => error?.context?.data?.['error_code'];

export type ModelName = keyof Rig['simulator']['modelIds'];

/** Run and Wait of one of the simulator's models. */
export const runModel = (
	{ simulator }: Rig,
	inputs: Json | string,
	{ name = 'textToImage', ...more }: Json & { name?: ModelName } = {},
): Parameters => ({
	resource: 'model',
	operation: 'runAndWait',
	inputMode: 'json',
	modelId: byId(simulator.modelIds[name]),
	inputs: typeof inputs === 'string' ? inputs : JSON.stringify(inputs),
	...more,
});

/** The bodies of the submits of models, in their order. */
export const bodiesOf = ({ simulator }: Rig): Json[] =>
	simulator.requests
		.filter(({ route }) => route === 'models.submit')
		.map(({ body }) => body as Json);

/** Ids of the requests that models have accepted in the present test, in their order. */
export const runsOf = ({ simulator }: Rig): string[] =>
	simulator.requests
		.filter(({ route, requestId }) => route === 'models.submit' && requestId !== undefined)
		.map(({ requestId }) => String(requestId));

/** What the checks and the results of a node that went wrong say. */
export function refusal(error: { message?: string; description?: string | null } | undefined) {
	expect(error).toBeDefined();
	return `${error?.message} ${error?.description}`;
}
