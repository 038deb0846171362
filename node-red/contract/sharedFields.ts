// Fields that several nodes share, in dialog order.
import { DEFAULTS, type TargetKind } from '../../core';
import {
	checkbox,
	type Condition,
	type Fields,
	id,
	line,
	number,
	required,
	select,
	shownWhen,
	typed,
} from './fields';

const { nodeRed } = DEFAULTS;

export function nodeNameFields(help: string): Fields {
	return {
		name: line('', { icon: 'tag', help }),
	};
}

/** Fields of every node except the account. */
export const COMMON: Fields = {
	...nodeNameFields('the node’s name in the flow'),
	config: {
		kind: 'account',
		value: '',
		required: true,
		icon: 'user-circle-o',
		help: 'the RunComfy account to use: see below',
	},
};

const deploymentId = typed('deployment', '', {
	check: 'id',
	whenEmpty: 'deploymentId',
	icon: 'cubes',
	placeholder: 'deploymentId',
	help: 'a deployment from the account’s list, an id, the URL of the deployment’s page, or another source',
});

const modelId = typed('model', '', {
	check: 'model',
	whenEmpty: 'modelId',
	icon: 'magic',
	placeholder: 'modelId',
	help: 'a hosted model from a list with prices, searched by name; an id, the URL of the model’s page, or another source',
});

export const DEPLOYMENT: Fields = { deploymentId };

/** A node without the field `target` runs a deployment. */
const OF_DEPLOYMENT: Condition = { field: 'target', is: ['deployment', ''] };

/** The choice of a target: its kind, and the field for its id. */
export const TARGET: Fields = {
	target: select(['deployment', 'model'] satisfies TargetKind[], {
		icon: 'bullseye',
		label: 'target.run',
		help: 'a deployment of the account, or a hosted model such as FLUX or Veo',
	}),
	...shownWhen(OF_DEPLOYMENT, required({ deploymentId })),
	...shownWhen({ field: 'target', is: ['model'] }, required({ modelId })),
	// The node's label on the canvas while its name is empty.
	targetName: { kind: 'hidden', value: '' },
};

/** The ids of targets in nodes that take a request id. They come from the message that named the request. */
export const IDS_FROM_MESSAGE = {
	deploymentId: { ...deploymentId, value: 'deploymentId', type: 'msg' },
	modelId: { ...modelId, value: 'modelId', type: 'msg' },
} satisfies Fields;

export const REQUEST: Fields = {
	deploymentId: IDS_FROM_MESSAGE.deploymentId,
	requestId: id('requestId', { icon: 'hashtag', help: 'the id of the request' }),
};

export const INPUTS: Fields = {
	inputMode: select(['rows', 'json'], {
		icon: 'sliders',
		help: 'rows of inputs that you choose and fill in, or all inputs as one JSON object',
	}),
	rows: {
		kind: 'rows',
		value: [],
		when: { field: 'inputMode', is: ['rows'] },
		help: 'inputs of the deployed workflow, of the workflow in the field Workflow, or of the model, each with a value from any source. A LoRA deployment does not list its inputs: type their names. Inputs without a row keep their saved values. A seed can also be random for each run',
	},
	overrides: typed('overrides', 'overrides', {
		icon: 'code',
		when: { field: 'inputMode', not: ['rows'] },
		help: '`{ "<node id>": { "inputs": { "<name>": value } } }`; for a LoRA or a model, `{ "<name>": value }`. If the message has no overrides, an object in `msg.payload` is used',
	}),
	randomSeeds: checkbox('each run gets new values for all seeds except those set here'),
};

/** Advanced options that most submits do not need. */
export const INPUT_OPTIONS: Fields = {
	checkInputs: checkbox(
		'unknown nodes, names and choices, wrong types and ranges fail with `invalid_overrides` before you pay',
		{ value: true },
	),
	workflow: typed('json', '', {
		icon: 'sitemap',
		placeholder: 'optional',
		when: OF_DEPLOYMENT,
		help: 'another workflow to run on the deployment’s machine: JSON exported in ComfyUI with _Workflow > Export (API)_ (an object, a text or a Buffer)',
	}),
	webhook: typed('text', '', {
		check: 'url',
		icon: 'bell-o',
		placeholder: 'optional',
		when: OF_DEPLOYMENT,
		help: 'the public URL that RunComfy calls at the end: see [webhooks](#webhooks)',
	}),
};

export const OUTPUTS: Fields = {
	output: select(['files', 'texts', 'buffer', 'buffers', 'saved'], {
		required: true,
		icon: 'envelope-o',
		help: 'files with URLs, texts, Buffers, or files saved to a directory',
	}),
	directory: typed('text', '', {
		required: true,
		icon: 'folder-open-o',
		when: { field: 'output', is: ['saved'] },
		help: 'where to save files; existing files are not overwritten',
	}),
	outputNodes: typed('text', '', {
		check: 'nodes',
		icon: 'filter',
		placeholder: 'allNodes',
		when: OF_DEPLOYMENT,
		help: 'ids of the ComfyUI nodes whose outputs you want, such as `9, 12`. Empty: all nodes, but without preview files if the run also saved files',
	}),
};

export const WAITING = {
	timeout: number(nodeRed.timeoutS, {
		icon: 'clock-o',
		help: 'how long to wait, including time in the queue. 0 or empty: no limit. After the timeout, the request goes on, and you can fetch its result later',
	}),
	cancelOnTimeout: checkbox('cancels the request at the timeout'),
} satisfies Fields;
