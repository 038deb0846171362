import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { parseJson, RunComfyError, type OutputChoice } from '../../../core';

/** Seconds. Longer than a cold start and most runs; a stuck request does not wait for ever. */
const DEFAULT_TIMEOUT_S = 3600;

export const DEFAULT_CONCURRENCY = 10;

/** As RunComfy's own command-line tool. */
const DEFAULT_MAX_FILE_MB = 2048;

const MB = 1024 * 1024;

export interface OutputOptions extends OutputChoice {
	downloadFiles: boolean;
	/** Bytes. */
	maxBytes: number | undefined;
}

export interface WaitOptions {
	/** Milliseconds; 0 waits without end. */
	timeoutMs: number;
	cancelOnTimeout: boolean;
	cancelOnAbort: boolean;
}

export interface SubmitOptions {
	extraData?: Record<string, unknown>;
	webhook?: string;
	webhookIntermediateStatus?: boolean;
}

/** The entries of an `options` collection, by name; n8n wants them sorted by what users read. */
const OPTIONS = {
	cancelOnStop: {
		displayName: 'Cancel on Stop',
		name: 'cancelOnStop',
		type: 'boolean',
		default: true,
		description: 'Whether stopping the execution cancels the request, which stops its cost',
	},
	cancelOnTimeout: {
		displayName: 'Cancel on Timeout',
		name: 'cancelOnTimeout',
		type: 'boolean',
		default: false,
		description:
			'Whether reaching the timeout cancels the request. Otherwise it goes on, and its result can be fetched later by its request ID.',
	},
	concurrency: {
		displayName: 'Concurrency',
		name: 'concurrency',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		default: DEFAULT_CONCURRENCY,
		description:
			'How many items are worked on at the same time. The value of the first item counts.',
	},
	downloadFiles: {
		displayName: 'Download Files',
		name: 'downloadFiles',
		type: 'boolean',
		default: true,
		description:
			'Whether to put the output files into binary fields. Otherwise only their addresses come out, which RunComfy keeps for 7 days.',
	},
	extraData: {
		displayName: 'Extra Data',
		name: 'extraData',
		type: 'json',
		default: '{}',
		placeholder: 'e.g. {"api_key_comfy_org": "…"}',
		description: 'Passed on to ComfyUI, for example the key that its partner nodes need',
	},
	includeTemp: {
		displayName: 'Include Temporary Files',
		name: 'includeTemp',
		type: 'boolean',
		default: false,
		description: 'Whether to include the files of preview nodes',
	},
	maxFileSize: {
		displayName: 'Max File Size (MB)',
		name: 'maxFileSize',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: DEFAULT_MAX_FILE_MB,
		description:
			'Larger files are not downloaded: their address comes out with a warning. 0 means no limit.',
	},
	outputNodes: {
		displayName: 'Output Nodes',
		name: 'outputNodes',
		type: 'string',
		default: '',
		placeholder: 'e.g. 9, 12',
		description: 'IDs of the ComfyUI nodes whose outputs to take. All of them when empty.',
	},
	timeout: {
		displayName: 'Timeout (Seconds)',
		name: 'timeout',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: DEFAULT_TIMEOUT_S,
		description:
			'How long to wait for the request, its time in the queue included. 0 means no limit.',
	},
	webhookIntermediateStatus: {
		displayName: 'Webhook Intermediate Status',
		name: 'webhookIntermediateStatus',
		type: 'boolean',
		default: false,
		description: 'Whether RunComfy also calls the webhook when the status changes before the end',
	},
	webhook: {
		displayName: 'Webhook URL',
		name: 'webhook',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/webhook/runcomfy',
		description: 'Public HTTPS address that RunComfy calls when the request has ended',
	},
} satisfies Record<string, INodeProperties>;

export type OptionName = keyof typeof OPTIONS;

export const OUTPUT_OPTIONS: OptionName[] = [
	'downloadFiles',
	'includeTemp',
	'maxFileSize',
	'outputNodes',
];

export const SUBMIT_OPTIONS: OptionName[] = ['extraData', 'webhook', 'webhookIntermediateStatus'];

export const WAIT_OPTIONS: OptionName[] = ['cancelOnStop', 'cancelOnTimeout', 'timeout'];

/** The `options` collection of an operation. */
export function optionsField(names: OptionName[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: names
			.map((name): INodeProperties => OPTIONS[name])
			.sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}

type Given = Partial<Record<OptionName, unknown>>;

export function readOptions(context: IExecuteFunctions, itemIndex: number): Given {
	return context.getNodeParameter('options', itemIndex, {}) as IDataObject;
}

/** @throws RunComfyError `invalid_input` */
export function outputOptions(given: Given): OutputOptions {
	const maxMb = amount(given, 'maxFileSize', DEFAULT_MAX_FILE_MB);
	return {
		downloadFiles: flag(given, 'downloadFiles', true),
		includeTemp: flag(given, 'includeTemp', false),
		nodeIds: String(given.outputNodes ?? '').split(','),
		maxBytes: maxMb > 0 ? maxMb * MB : undefined,
	};
}

/** @throws RunComfyError `invalid_input` */
export function waitOptions(given: Given): WaitOptions {
	return {
		timeoutMs: amount(given, 'timeout', DEFAULT_TIMEOUT_S) * 1000,
		cancelOnTimeout: flag(given, 'cancelOnTimeout', false),
		cancelOnAbort: flag(given, 'cancelOnStop', true),
	};
}

/** @throws RunComfyError `invalid_input` */
export function submitOptions(given: Given): SubmitOptions {
	const extraData = readExtraData(given.extraData);
	const webhook = String(given.webhook ?? '').trim();
	return {
		...(extraData ? { extraData } : {}),
		...(webhook
			? {
					webhook,
					webhookIntermediateStatus: flag(given, 'webhookIntermediateStatus', false),
				}
			: {}),
	};
}

/** @throws RunComfyError `invalid_input` */
export function concurrencyOf(given: Given): number {
	const value = amount(given, 'concurrency', DEFAULT_CONCURRENCY);
	if (value >= 1) return Math.floor(value);
	throw wrong('concurrency', 'must be 1 or more', 'Give a whole number such as 10.');
}

// A value from an expression may come as a text.
function amount(given: Given, name: OptionName, fallback: number): number {
	const value = given[name] ?? fallback;
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number;
	throw wrong(name, 'must be a number, 0 or more', `It is now: ${JSON.stringify(value)}.`);
}

function flag(given: Given, name: OptionName, fallback: boolean): boolean {
	const value = given[name] ?? fallback;
	if (typeof value === 'boolean') return value;
	if (value === 'true' || value === 'false') return value === 'true';
	throw wrong(name, 'must be true or false', `It is now: ${JSON.stringify(value)}.`);
}

function readExtraData(value: unknown): Record<string, unknown> | undefined {
	const parsed = typeof value === 'string' ? parseExtraData(value) : value;
	if (parsed === undefined || parsed === null) return undefined;
	if (typeof parsed !== 'object' || Array.isArray(parsed)) {
		throw wrong('extraData', 'must be a JSON object', 'Write for example {"key": "value"}.');
	}
	return Object.keys(parsed).length > 0 ? (parsed as Record<string, unknown>) : undefined;
}

function parseExtraData(text: string): unknown {
	if (text.trim() === '') return undefined;
	try {
		return parseJson(text);
	} catch {
		return 'not JSON';
	}
}

function wrong(name: OptionName, what: string, hint: string): RunComfyError {
	return new RunComfyError('invalid_input', `The option ${OPTIONS[name].displayName} ${what}`, {
		hint,
	});
}
