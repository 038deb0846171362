import type { INodeProperties } from 'n8n-workflow';
import { DEFAULTS, type TargetKind } from '../../../core';

const { timeoutS, concurrency } = DEFAULTS.n8n;

/** All fields of the `options` collections, by name. */
export const OPTIONS = {
	cancelOnTimeout: {
		displayName: 'Cancel on Timeout',
		type: 'boolean',
		default: false,
		description:
			'Whether reaching the timeout cancels the request. Otherwise the request goes on, and you can fetch its result later by its ID.',
	},
	checkInputs: {
		displayName: 'Check Inputs',
		type: 'boolean',
		default: true,
		description:
			'Whether to compare the inputs with the deployed workflow before the submit, so that a wrong name, type or choice costs nothing',
	},
	concurrency: {
		displayName: 'Concurrency',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: concurrency,
		description:
			'How many items to process at the same time. The first item’s value applies to all items.',
	},
	downloadFiles: {
		displayName: 'Download Files',
		type: 'boolean',
		default: true,
		description:
			'Whether to download the output files into binary fields. Otherwise the output contains only their URLs, which RunComfy keeps for 7 days.',
	},
	outputItems: {
		displayName: 'Output Items',
		type: 'options',
		default: 'request',
		description: 'How to group output files into items',
		options: [
			{
				name: 'One per File',
				value: 'file',
				description: 'Each file in its own item, in the binary field data',
			},
			{
				name: 'One per Request',
				value: 'request',
				description: 'All files of a request in one item, in the binary fields data, data_1, …',
			},
		],
	},
	outputNodes: {
		displayName: 'Output Nodes',
		type: 'string',
		default: '',
		placeholder: 'e.g. 9, 12',
		description:
			'IDs of the ComfyUI nodes whose outputs you want. Empty means all nodes, but without preview files if the run also saved files.',
	},
	timeout: {
		displayName: 'Timeout (Seconds)',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: timeoutS,
		description:
			'How long to wait for the request, including its time in the queue. 0 means no limit.',
	},
	waitMode: {
		displayName: 'Wait Mode',
		type: 'options',
		default: 'auto',
		description:
			'How to wait for the request. Outside of n8n’s memory, a waiting execution occupies no worker, and you get the result of a paid run even if n8n restarts. The first item’s value applies to all items.',
		options: [
			{
				name: 'Automatic',
				value: 'auto',
				description: 'Outside of memory, unless someone waits for the answer',
			},
			{
				name: 'In Memory',
				value: 'poll',
				description: 'As a running execution, which is lost if n8n restarts',
			},
		],
	},
	webhook: {
		displayName: 'Webhook URL',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/webhook/runcomfy',
		description: 'Public HTTPS URL that RunComfy calls when the request has ended',
	},
} satisfies Record<string, Omit<INodeProperties, 'name'>>;

export type OptionName = keyof typeof OPTIONS;

export const OUTPUT_OPTIONS: OptionName[] = ['downloadFiles', 'outputItems', 'outputNodes'];

export const SUBMIT_OPTIONS: OptionName[] = ['checkInputs', 'webhook'];

/** Options of an operation that submits without waiting. */
export const SUBMITTING: OptionName[] = ['concurrency'];

export const WAIT_OPTIONS: OptionName[] = ['cancelOnTimeout', 'timeout', 'waitMode'];

/** Options of an operation that submits and waits. */
export const WAITING: OptionName[] = [...WAIT_OPTIONS, ...SUBMITTING];

/** The most wanted options come first; those that no group lists come last. */
const GROUPS: OptionName[][] = [
	['downloadFiles', 'outputItems', 'outputNodes'],
	WAIT_OPTIONS,
	['concurrency'],
];

/** Sorted by display name, as in `OPTIONS`. */
const RARE = (Object.keys(OPTIONS) as OptionName[]).filter((name) => !GROUPS.flat().includes(name));

/** Changes to the options of an operation. */
export type ChangedOptions = Partial<Record<OptionName, Partial<INodeProperties>>>;

/** What the options do differently for a model. RunComfy cancels a model's request only while it is queued. */
const OF_MODEL: ChangedOptions = {
	cancelOnTimeout: {
		description:
			'Whether reaching the timeout cancels the request if it is still queued. Otherwise the request goes on, and you can fetch its result later by its ID.',
	},
	checkInputs: {
		description:
			'Whether to compare the inputs with the model’s schema before the submit, so that a wrong name, type or choice costs nothing',
	},
};

/** A model has no nodes to choose, and RunComfy calls no webhook for it. */
const NOT_OF_MODEL: OptionName[] = ['outputNodes', 'webhook'];

/** The `options` collection of an operation, without the options that this kind of target does not support. */
export function optionsField(
	kind: TargetKind,
	names: readonly OptionName[],
	changed: ChangedOptions = {},
): INodeProperties {
	const ofKind = kind === 'model' ? OF_MODEL : {};
	const unsupported = kind === 'model' ? NOT_OF_MODEL : [];
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...GROUPS.flat(), ...RARE]
			.filter((name) => names.includes(name) && !unsupported.includes(name))
			.map((name): INodeProperties => {
				return { name, ...OPTIONS[name], ...ofKind[name], ...changed[name] };
			}),
	};
}

export const randomSeedsField: INodeProperties = {
	displayName: 'Random Seeds',
	name: 'randomSeeds',
	type: 'boolean',
	default: false,
	description:
		'Whether each run draws new seeds for the whole workflow, except for seeds that you set. A seed set to "random" is always drawn. The output contains the seeds.',
};

export const simplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};
