// The ways in which n8n's agents call a node as their tool, without a model: a parameter contains the model's answers.
import type {
	EngineRequest,
	EngineResponse,
	IExecuteFunctions,
	INodeTypeDescription,
} from 'n8n-workflow';
import type { Outcome, WorkflowJson } from '../../../scripts/hosts/n8n-engine.mjs';
import { type Json, nodeTypeOf, type Parameters, type Rig } from './rig.mts';

/**
 * `caller`: the agent calls the tool itself; `patient`: one call after the other; `batch`: the agent processes several items at a time (Batch Size), each
 * with its own tools; `engine`: the agent asks n8n's engine to run the tool.
 */
export type AgentKind = 'caller' | 'patient' | 'batch' | 'engine';

interface Call {
	tool: string;
	input: Record<string, string>;
}

interface Tool {
	description: string;
	metadata: { sourceNodeName: string };
	invoke(input: unknown): Promise<string>;
}

const description: Partial<INodeTypeDescription> = {
	inputs: [{ type: 'main' }, { type: 'ai_tool', displayName: 'Tool' }],
	properties: [{ displayName: 'Calls', name: 'calls', type: 'json', default: [] }],
};

const callsOf = (context: IExecuteFunctions) =>
	context.getNodeParameter('calls', 0) as unknown as Call[];

const toolsOf = (context: IExecuteFunctions) =>
	context.getInputConnectionData('ai_tool', 0) as Promise<Tool[]>;

const callerOf = (name: string, { perCall = false, inTurn = false } = {}) =>
	nodeTypeOf(name, {
		description,
		async execute() {
			const shared = await toolsOf(this);
			let turn: Promise<unknown> = Promise.resolve();
			const answers: unknown[] = await Promise.all(
				callsOf(this).map(async ({ tool: name, input }) => {
					const tools = perCall ? await toolsOf(this) : shared;
					const tool = tools.find(({ metadata }) => metadata.sourceNodeName === name)!;
					const call = () => tool.invoke(input).catch(({ message }: Error) => `error: ${message}`);
					return inTurn ? (turn = turn.then(call)) : call();
				}),
			);
			const descriptions = shared.map((tool) => tool.description);
			return [[{ json: { answers, descriptions } }]];
		},
	});

const engine = nodeTypeOf('engine', {
	description,
	async execute(response?: EngineResponse): Promise<never> {
		const { actionResponses = [] } = response ?? {};
		if (actionResponses.length > 0) {
			// Reads tool results as n8n's agent does.
			const answers = actionResponses.map(({ data }) =>
				data.error
					? `error: ${data.error.message}`
					: JSON.stringify(data.data?.['ai_tool']?.[0]?.map(({ json }) => json)),
			);
			return [[{ json: { answers } }]] as never;
		}
		const actions = callsOf(this).map(({ tool, input }, index) => ({
			actionType: 'ExecutionNodeAction' as const,
			nodeName: tool,
			input,
			type: 'ai_tool' as const,
			id: `call_${index}`,
			metadata: { itemIndex: 0 },
		}));
		return { actions, metadata: {} } satisfies EngineRequest as never;
	},
});

export const AGENTS = {
	'test.caller': callerOf('caller'),
	'test.patient': callerOf('patient', { inTurn: true }),
	'test.batch': callerOf('batch', { perCall: true }),
	'test.engine': engine,
};

export interface Tools {
	[name: string]: { parameters: Parameters; settings?: Json };
}

/** Runs an agent that calls its tools in parallel, or in the order of the engine. */
export function agentOf(kind: AgentKind, tools: Tools, calls: Call[]): WorkflowJson {
	const place = { typeVersion: 1, position: [0, 0] };
	const to = (type: string) => ({ [type]: [[{ node: 'Agent', type, index: 0 }]] });
	return {
		name: 'Agent',
		nodes: [
			{ ...place, id: 's', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
			{ ...place, id: 'a', name: 'Agent', type: `test.${kind}`, parameters: { calls } },
			...Object.entries(tools).map(([name, { parameters, settings }]) => ({
				...place,
				id: name,
				name,
				type: 'n8n-nodes-runcomfy.runComfyTool',
				parameters: { resource: 'request', ...parameters },
				...settings,
			})),
		],
		connections: {
			Start: to('main'),
			...Object.fromEntries(Object.keys(tools).map((name) => [name, to('ai_tool')])),
		},
		settings: { executionOrder: 'v1' },
	};
}

/** The text that the model reads for each call. */
export async function ask(
	{ engine: n8n }: Rig,
	...workflow: globalThis.Parameters<typeof agentOf>
): Promise<{ answers: string[]; outcome: Outcome }> {
	const outcome = await n8n.run(agentOf(...workflow)).outcome;
	const answers = outcome.items('Agent')[0]?.json['answers'];
	return { answers: Array.isArray(answers) ? answers.map(String) : [], outcome };
}
