import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import {
	bytesOfMb,
	currentValueHint,
	DEFAULTS,
	type OutputChoice,
	parseExtraData,
	RunComfyError,
} from '../../../core';
import { type OptionName, OPTIONS } from './optionFields';

const { timeoutS, concurrency, downloadTimeoutS, maxFileMb, maxInputFileMb } = DEFAULTS.n8n;

export interface OutputOptions extends OutputChoice {
	downloadFiles: boolean;
	/** Whether to leave out what few people use. */
	simplify: boolean;
	/** Whether each file comes out in an item of its own. */
	itemPerFile: boolean;
	/** Bytes. */
	maxBytes: number | undefined;
	/** Milliseconds for one file; 0 for no limit. */
	downloadTimeoutMs: number;
}

/** Where the execution is while the node waits: in n8n's memory, outside of it, or as the node decides. */
export type WaitMode = 'auto' | 'poll' | 'suspend';

interface WaitOptions {
	/** Milliseconds; 0 for no limit. */
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

interface SubmitOptions {
	extraData?: Record<string, unknown>;
	webhook?: string;
	webhookIntermediateStatus?: boolean;
}

interface InputOptions {
	/** Whether the inputs are compared with the deployment's workflow before the submit. */
	checkInputs: boolean;
	/** Bytes of one embedded file. */
	maxBytes: number | undefined;
}

/** All options of one item. Those that its operation does not have are at their defaults. */
export interface Options {
	cancelOnFailure: boolean;
	/** Undefined if the user has not set it: its default depends on the operation. */
	cancelOnStop: boolean | undefined;
	/** A whole number, 1 or more. */
	concurrency: number;
	inputs: InputOptions;
	outputs: OutputOptions;
	retryFailedRuns: boolean;
	/** US dollars; 0 for no limit. */
	stopBelowBalance: number;
	submit: SubmitOptions;
	wait: WaitOptions;
	waitMode: WaitMode;
}

type Given = Partial<Record<OptionName, unknown>>;

/** One input item of the node, with its options read. */
export interface Item {
	context: IExecuteFunctions;
	itemIndex: number;
	options: Options;
}

/** @throws RunComfyError `invalid_input` that names the option. */
export function readItem(context: IExecuteFunctions, itemIndex: number): Item {
	return { context, itemIndex, options: readOptions(context, itemIndex) };
}

/** @throws RunComfyError `invalid_input` that names the option. */
export function readOptions(context: IExecuteFunctions, itemIndex: number): Options {
	const given = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	// Workflows from before version 1.1 do not have it.
	return parseOptions(given, context.getNodeParameter('simplify', itemIndex, false) === true);
}

/** @throws RunComfyError `invalid_input` that names the option. */
export function parseOptions(given: Given, simplify = false): Options {
	return {
		cancelOnFailure: flag(given, 'cancelOnFailure', true),
		cancelOnStop: given.cancelOnStop === undefined ? undefined : flag(given, 'cancelOnStop', true),
		concurrency: concurrencyOf(given),
		inputs: {
			checkInputs: flag(given, 'checkInputs', true),
			maxBytes: bytesOfMb(amount(given, 'maxInputFileSize', maxInputFileMb)),
		},
		outputs: {
			downloadFiles: flag(given, 'downloadFiles', true),
			simplify,
			includeTemp: flag(given, 'includeTemp', false),
			itemPerFile: outputItems(given) === 'file',
			nodeIds: nodeIds(given),
			maxBytes: bytesOfMb(amount(given, 'maxFileSize', maxFileMb)),
			downloadTimeoutMs: amount(given, 'downloadTimeout', downloadTimeoutS) * 1000,
		},
		retryFailedRuns: flag(given, 'retryFailedRuns', false),
		stopBelowBalance: amount(given, 'stopBelowBalance', 0),
		submit: submitOptions(given),
		wait: {
			timeoutMs: amount(given, 'timeout', timeoutS) * 1000,
			cancelOnTimeout: flag(given, 'cancelOnTimeout', false),
		},
		waitMode: waitModeOf(given),
	};
}

function submitOptions(given: Given): SubmitOptions {
	const extraData = parseExtraData(given.extraData, { name: OPTIONS.extraData.displayName });
	const webhook = webhookOf(given);
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

function webhookOf({ webhook = '' }: Given): string {
	if (webhook === null || typeof webhook === 'string') return webhook?.trim() ?? '';
	throw wrong('webhook', 'must be a web address', currentValueHint(webhook));
}

function concurrencyOf(given: Given): number {
	const value = given.concurrency ?? concurrency;
	const number = toNumber(value);
	if (number !== undefined && number >= 1) return Math.floor(number);
	throw wrong('concurrency', 'must be a whole number, 1 or more', currentValueHint(value));
}

function outputItems(given: Given): unknown {
	const value = given.outputItems ?? 'request';
	if (value === 'request' || value === 'file') return value;
	throw wrong('outputItems', 'must be "request" or "file"', currentValueHint(value));
}

function waitModeOf(given: Given): WaitMode {
	const value = given.waitMode ?? 'auto';
	if (value === 'auto' || value === 'poll' || value === 'suspend') return value;
	throw wrong('waitMode', 'must be "auto", "poll" or "suspend"', currentValueHint(value));
}

// An expression may give one id as a number, or several as a list.
function nodeIds(given: Given): string[] {
	const value = given.outputNodes ?? '';
	const ids = Array.isArray(value) ? value : [value];
	if (ids.every((id) => typeof id === 'string' || typeof id === 'number')) {
		return ids.flatMap((id) => String(id).split(','));
	}
	throw wrong('outputNodes', 'must be IDs of nodes, separated by commas', currentValueHint(value));
}

function amount(given: Given, name: OptionName, fallback: number): number {
	const value = given[name] ?? fallback;
	const number = toNumber(value);
	if (number !== undefined && number >= 0) return number;
	throw wrong(name, 'must be a number, 0 or more', currentValueHint(value));
}

// An expression may give it as a text.
function toNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function flag(given: Given, name: OptionName, fallback: boolean): boolean {
	const value = given[name] ?? fallback;
	if (typeof value === 'boolean') return value;
	if (value === 'true' || value === 'false') return value === 'true';
	throw wrong(name, 'must be true or false', currentValueHint(value));
}

function wrong(name: OptionName, what: string, hint: string): RunComfyError {
	return new RunComfyError('invalid_input', `The option ${OPTIONS[name].displayName} ${what}`, {
		hint,
	});
}
