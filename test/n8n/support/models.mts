import { expect } from '@jest/globals';
import { byId, type Json, type Parameters, type Rig } from './rig.mts';

export type ModelName = keyof Rig['simulator']['modelIds'];

/** Run and Wait of one of the simulator's models. */
export const runModel = (
	{ simulator }: Rig,
	inputs: Json | string,
	{ name = 'textToImage', ...more }: Json & { name?: ModelName } = {},
): Parameters => ({
	...{ resource: 'model', operation: 'runAndWait', inputMode: 'json' },
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
