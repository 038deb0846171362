// Fields that several nodes share, in dialog order.
import { DEFAULTS } from '../../core/index.js';
import {
	checkbox,
	type Condition,
	type Field,
	type Fields,
	id,
	line,
	number,
	required,
	select,
	shownWhen,
	typed,
} from './fields.cjs';

const { nodeRed } = DEFAULTS;

export function nameFields(help: string): Fields {
	return {
		schemaVersion: { kind: 'hidden', value: 1 },
		name: line('', { icon: 'tag', help }),
	};
}

/** Fields of every node except the account. */
export const COMMON: Fields = {
	...nameFields('the name on the node in the flow'),
	config: {
		kind: 'account',
		value: '',
		required: true,
		icon: 'user-circle-o',
		help: 'the RunComfy account to use: see below',
	},
};

const deploymentId: Field = typed('deployment', '', {
	check: 'id',
	whenEmpty: 'deploymentId',
	icon: 'cubes',
	placeholder: 'deploymentId',
	help: 'one of the account’s, from a list; an id, the address of its page, or any other source',
});

export const DEPLOYMENT: Fields = { deploymentId };

/**
 * The hosted model. Nodes that take a request id also have this field, to tell a model's request from a deployment's.
 */
export const MODEL: Fields = {
	modelId: typed('model', '', {
		check: 'model',
		whenEmpty: 'modelId',
		icon: 'magic',
		placeholder: 'modelId',
		help: 'one that RunComfy hosts, from a list with prices that you search by name or category; an id, the address of its page, or any other source',
	}),
};

const OF_MODEL: Condition = { field: 'target', is: ['model'] };
const OF_DEPLOYMENT: Condition = { field: 'target', not: ['model'] };
const OF_WORKFLOW: Condition = { field: 'inputMode', not: ['direct'] };

export const TARGET: Fields = {
	target: select(['deployment', 'model'], {
		icon: 'bullseye',
		label: 'target.run',
		help: 'a deployment of the account, or a model that RunComfy hosts, such as FLUX or Veo',
	}),
	...shownWhen(OF_DEPLOYMENT, required(DEPLOYMENT)),
	...shownWhen(OF_MODEL, required(MODEL)),
	// The node's label on the canvas while its name is empty.
	targetName: { kind: 'hidden', value: '' },
};

export const REQUEST: Fields = {
	deploymentId: { ...deploymentId, value: 'deploymentId', type: 'msg' },
	requestId: id('requestId', { icon: 'hashtag', help: 'the id of the request' }),
};

export const INSTANCE: Fields = {
	instanceId: id('payload.instance_id', {
		icon: 'server',
		help: 'the machine, as `runcomfy-status` gives it while a request is in progress',
	}),
};

export const INPUTS: Fields = {
	inputMode: select(['rows', 'json', 'direct'], {
		icon: 'sliders',
		help: 'rows of inputs that you choose and fill in, or overrides as one JSON object. A LoRA deployment has no workflow, so it takes names and values: the dialog changes to them by itself',
	}),
	rows: {
		kind: 'rows',
		value: [],
		when: { field: 'inputMode', is: ['rows', 'direct'] },
		help: 'inputs of the deployed workflow, of the one in the field Workflow, or of the model, each with its value from any source; an input that is not in the list keeps its saved value. A seed also takes a random value for each run',
	},
	overrides: typed('overrides', 'overrides', {
		icon: 'code',
		when: { field: 'inputMode', not: ['rows'] },
		below: 'check',
		help: '`{ "<node id>": { "inputs": { "<name>": value } } }`; for a model or a LoRA `{ "<name>": value }`. If the message has none, an object in `msg.payload`',
	}),
	randomSeeds: checkbox('each run gets new values for all seeds, except for those set here'),
};

/** Advanced options that most submits do not need. */
export const INPUT_OPTIONS: Fields = {
	checkInputs: checkbox(
		'unknown nodes, names, choices, wrong types and ranges end in `invalid_overrides` before you pay for anything',
		{ value: true },
	),
	workflow: typed('json', '', {
		icon: 'sitemap',
		placeholder: 'optional',
		when: [OF_DEPLOYMENT, OF_WORKFLOW],
		help: 'another workflow to run on the machine of the deployment: JSON that you exported in ComfyUI with _Workflow > Export (API)_, or a Buffer with a PNG in which ComfyUI saved it',
	}),
	extraData: typed('json', '', {
		icon: 'plus-square-o',
		placeholder: 'optional',
		when: [OF_DEPLOYMENT, OF_WORKFLOW],
		help: 'data to pass on to ComfyUI, such as `{"api_key_comfy_org": "…"}`',
	}),
	webhook: typed('text', '', {
		check: 'url',
		icon: 'bell-o',
		placeholder: 'optional',
		when: OF_DEPLOYMENT,
		help: 'the address that RunComfy calls at the end: that of a `runcomfy-webhook` node, or another public one',
	}),
};

const FETCHING = { field: 'output', is: ['buffer', 'buffers', 'saved'] };

export const OUTPUTS: Fields = {
	output: select(['files', 'texts', 'buffer', 'buffers', 'saved'], {
		required: true,
		icon: 'envelope-o',
		help: 'files with addresses, texts, Buffers, or files saved to a directory',
	}),
	directory: typed('text', '', {
		required: true,
		icon: 'folder-open-o',
		when: { field: 'output', is: ['saved'] },
		help: 'where to save files; a file that is already there is not overwritten',
	}),
	split: checkbox(
		'sends one message for each, with `msg.parts` as the Split node sets it, and `msg.runcomfy.file` or `text` in place of the list. What else the run wrote comes with every message, or only with the first if it is large',
		{ when: { field: 'output', not: ['buffer'] } },
	),
	setHeaders: checkbox(
		'if the payload is the first file as a Buffer, puts its content type into `msg.headers`, where an `http response` node finds it; for a type that may hold scripts (HTML, SVG) also `content-security-policy: sandbox` and `x-content-type-options: nosniff`. Other headers that the flow has set stay',
		{ when: { field: 'output', is: ['buffer'] } },
	),
};

export const OUTPUT_OPTIONS = {
	outputNodes: typed('text', '', {
		check: 'nodes',
		icon: 'filter',
		placeholder: 'allNodes',
		when: OF_DEPLOYMENT,
		help: 'ids of the ComfyUI nodes whose outputs to take, such as `9, 12`. Empty: all, except for the files of preview nodes if the run also saved files',
	}),
	maxFileSize: number(nodeRed.maxFileMb, {
		icon: 'balance-scale',
		when: FETCHING,
		help: 'larger files are `null` in the payload, with a warning and their address. 0 or empty: no limit',
	}),
} satisfies Fields;

export const WAITING = {
	timeout: number(nodeRed.timeoutS, {
		icon: 'clock-o',
		help: 'how long to wait, the queue included. 0 or empty: no limit. The request goes on and you can fetch its result later',
	}),
	cancelOnTimeout: checkbox('cancels the request at the timeout'),
} satisfies Fields;

export const MODEL_LIMIT = {
	limit: number(50, { icon: 'list-ol', help: 'the maximum number of models to get, up to 500' }),
};
