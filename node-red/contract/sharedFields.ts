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

export const NAME: Fields = { name: line('', { icon: 'tag' }) };

/** Fields of every node except the account. */
export const COMMON: Fields = {
	...NAME,
	config: {
		kind: 'account',
		value: '',
		required: true,
		icon: 'user-circle-o',
	},
};

const deploymentId = typed('deployment', '', {
	check: 'id',
	whenEmpty: 'deploymentId',
	icon: 'cubes',
	placeholder: 'deploymentId',
});

const modelId = typed('model', '', {
	check: 'model',
	whenEmpty: 'modelId',
	icon: 'magic',
	placeholder: 'modelId',
});

export const DEPLOYMENT: Fields = { deploymentId };

/** A node without the field `target` runs a deployment. */
const OF_DEPLOYMENT: Condition = { field: 'target', is: ['deployment', ''] };

/** The choice of a target: its kind, and the field for its id. */
export const TARGET: Fields = {
	target: select(['deployment', 'model'] satisfies TargetKind[], {
		icon: 'bullseye',
		label: 'target.run',
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
	requestId: id('requestId', { icon: 'hashtag' }),
};

export const INPUTS: Fields = {
	inputMode: select(['rows', 'json'], {
		icon: 'sliders',
	}),
	rows: {
		kind: 'rows',
		value: [],
		when: { field: 'inputMode', is: ['rows'] },
	},
	overrides: typed('overrides', 'overrides', {
		icon: 'code',
		when: { field: 'inputMode', not: ['rows'] },
	}),
	randomSeeds: checkbox(),
};

/** Advanced options that most submits do not need. */
export const INPUT_OPTIONS: Fields = {
	checkInputs: checkbox({ value: true }),
	workflow: typed('json', '', {
		icon: 'sitemap',
		placeholder: 'optional',
		when: OF_DEPLOYMENT,
	}),
	webhook: typed('text', '', {
		check: 'url',
		icon: 'bell-o',
		placeholder: 'optional',
		when: OF_DEPLOYMENT,
	}),
};

export const OUTPUTS: Fields = {
	output: select(['files', 'texts', 'buffer', 'buffers', 'saved'], {
		required: true,
		icon: 'envelope-o',
	}),
	directory: typed('text', '', {
		required: true,
		icon: 'folder-open-o',
		when: { field: 'output', is: ['saved'] },
	}),
	outputNodes: typed('text', '', {
		check: 'nodes',
		icon: 'filter',
		placeholder: 'allNodes',
		when: OF_DEPLOYMENT,
	}),
};

export const WAITING = {
	timeout: number(nodeRed.timeoutS, {
		icon: 'clock-o',
	}),
	cancelOnTimeout: checkbox(),
} satisfies Fields;
