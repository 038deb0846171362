// What people build with hosted models and LoRA deployments in n8n, as short workflows.
import { ready } from '../../../scripts/workflows.mjs';
import { PIXEL } from './form.mjs';

const CHAT = '5b1f2c3d-0a11-4e6f-8a22-9c0d1e2f3a4b';
const RUNCOMFY = 'n8n-nodes-runcomfy.runComfy';
const START = ['Start', 'n8n-nodes-base.manualTrigger', 1, {}];
const byId = (value) => ({ __rl: true, mode: 'id', value });

/** A raw item. */
const item = (json) => [
	...['Item', 'n8n-nodes-base.set', 3.4],
	{ mode: 'raw', jsonOutput: JSON.stringify(json), options: {} },
];

/** Nodes in a row, each `[name, type, version, parameters]`. */
function chain(id, ...nodes) {
	const placed = nodes.map(([name, type, typeVersion, parameters], index) => ({
		id: `${id}-${index}`,
		name,
		type,
		typeVersion,
		parameters,
		position: [220 * index, 0],
	}));
	const connections = Object.fromEntries(
		placed
			.slice(1)
			.map(({ name }, index) => [
				placed[index].name,
				{ main: [[{ node: name, type: 'main', index: 0 }]] },
			]),
	);
	return { id, name: id, nodes: placed, connections, settings: { executionOrder: 'v1' } };
}

export const IDS = {
	batch: 'modelbatch000001',
	edit: 'modeledit0000001',
	lora: 'modellora0000001',
	cancel: 'modelcancel00001',
	agent: 'modelagent000001',
};

/** People write to the agent here. */
export const chatOf = (url) => `${url}/webhook/${CHAT}/chat`;

/** @param {{modelIds: any, deploymentIds: any}} simulator */
export function modelWorkflows({ modelIds, deploymentIds }) {
	const model = (name, operation, modelName, more) => [
		...[name, RUNCOMFY, 1],
		{
			resource: 'model',
			operation,
			inputMode: 'json',
			modelId: byId(modelIds[modelName]),
			...more,
		},
	];
	const submitted = { resource: 'model', requestId: '={{ $("Submit").item.json.request_id }}' };
	const prompts = Array.from({ length: 10 }, (_, index) => ({ prompt: `fox ${index}` }));
	const workflows = [
		chain(
			IDS.batch,
			...[START, item({ rows: prompts })],
			['Rows', 'n8n-nodes-base.splitOut', 1, { fieldToSplitOut: 'rows', options: {} }],
			model('Run', 'runAndWait', 'textToImage', {
				inputs: '={{ JSON.stringify({ prompt: $json.prompt }) }}',
			}),
		),
		chain(
			IDS.edit,
			...[START, item({ picture: PIXEL.toString('base64') })],
			[
				...['File', 'n8n-nodes-base.convertToFile', 1.1],
				{
					operation: 'toBinary',
					sourceProperty: 'picture',
					options: { mimeType: 'image/png', fileName: 'pixel.png' },
				},
			],
			model('Run', 'runAndWait', 'imageEdit', {
				inputs: '{"prompt":"in winter"}',
				inputFiles: { binary: [{ input: '', binaryProperty: 'data' }] },
			}),
		),
		chain(IDS.lora, START, [
			...['Run', RUNCOMFY, 1],
			{
				resource: 'request',
				operation: 'runAndWait',
				inputMode: 'direct',
				deploymentId: byId(deploymentIds.lora),
				inputs: '{"prompt":"a red fox"}',
			},
		]),
		chain(
			IDS.cancel,
			...[START, model('Submit', 'submit', 'textToImage', { inputs: '{"prompt":"a red fox"}' })],
			['Cancel', RUNCOMFY, 1, { ...submitted, operation: 'cancel' }],
			['Status', RUNCOMFY, 1, { ...submitted, operation: 'getStatus' }],
		),
		agent(modelIds),
	];
	return workflows.map((workflow) => ready(workflow, workflow.id, deploymentIds));
}

function agent(modelIds) {
	const nodes = [
		[
			...['Chat', '@n8n/n8n-nodes-langchain.chatTrigger', 1.1],
			{ public: true, mode: 'webhook', options: {} },
		],
		['Agent', '@n8n/n8n-nodes-langchain.agent', 3.1, { options: {} }],
		[
			...['Model', '@n8n/n8n-nodes-langchain.lmChatOpenAi', 1.2],
			{ model: { __rl: true, mode: 'id', value: 'gpt-4.1-mini' }, options: {} },
		],
		[
			...['Draw', `${RUNCOMFY}Tool`, 1],
			{
				descriptionType: 'manual',
				toolDescription: 'Makes a picture of a description.',
				resource: 'model',
				operation: 'runAndWait',
				inputMode: 'json',
				modelId: byId(modelIds.textToImage),
				inputs: '={{ JSON.stringify({ prompt: $fromAI("prompt", "What it shows", "string") }) }}',
			},
		],
	];
	const workflow = chain(IDS.agent, ...nodes);
	workflow.nodes[0].webhookId = CHAT;
	const into = (type) => ({ [type]: [[{ node: 'Agent', type, index: 0 }]] });
	workflow.connections = {
		Chat: into('main'),
		Model: into('ai_languageModel'),
		Draw: into('ai_tool'),
	};
	return workflow;
}
