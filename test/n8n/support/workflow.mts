// Workflows for n8n's engine.
import type { WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';

export type Json = Record<string, unknown>;

/** Parameters of one RunComfy node; `deploymentId` may be a plain id. */
export type Parameters = Json & { operation: string };

export interface Step {
	parameters: Parameters;
	settings?: Json;
}

export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** Manual Trigger → the steps one after another, named `Step 1`, `Step 2`, … */
export function workflowOf(...steps: Step[]): WorkflowJson {
	const nodes = steps.map(({ parameters, settings }, index) => ({
		id: `step-${index + 1}`,
		name: `Step ${index + 1}`,
		type: 'n8n-nodes-runcomfy.runComfy',
		typeVersion: 1,
		position: [200 * (index + 1), 0],
		parameters: { resource: 'request', ...usual(parameters), ...parameters },
		...settings,
	}));
	const names = ['Start', ...nodes.map(({ name }) => name)];
	return {
		name: 'Test',
		nodes: [
			{
				id: 'start',
				name: 'Start',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			},
			...nodes,
		],
		connections: Object.fromEntries(
			names
				.slice(0, -1)
				.map((name, index) => [
					name,
					{ main: [[{ node: names[index + 1], type: 'main', index: 0 }]] },
				]),
		),
		settings: { executionOrder: 'v1' },
	};
}

/** The same steps in a loop, by way of a node that hands its items on: see `again`. */
export function loopOf(...steps: Step[]): WorkflowJson {
	const json = workflowOf(...steps);
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	json.connections = {
		...json.connections,
		[`Step ${steps.length}`]: to('Again'),
		Again: to('Step 1'),
	};
	json.nodes.push({
		id: 'again',
		name: 'Again',
		type: 'test.again',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	});
	return json;
}

/** What is not the default: overrides are a field of one mode, and tests look at all that comes out. */
function usual({ resource = 'request', overrides }: Parameters): Json {
	return {
		...(resource === 'request' ? { simplify: false } : {}),
		...(overrides === undefined ? {} : { inputMode: 'json' }),
	};
}
