import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import {
	bytesOfMb,
	currentValueHint,
	invalidInput,
	messageOf,
	parseExtraData,
	type RunComfyError,
} from '../../../core';
import { quoted, readFlag, toFlag } from './mistakes';
import { type OptionName, OPTIONS, simplifyField } from './optionFields';

/** All options of one item. An option that the operation does not have gets its default. */
export type Options = ReturnType<typeof parseOptions>;

export type OutputOptions = Options['outputs'];

const WAIT_MODES = ['auto', 'poll', 'suspend'] as const;

/** Where the execution is while the node waits: in n8n's memory, outside of it, or as the node decides. */
export type WaitMode = (typeof WAIT_MODES)[number];

type OptionValues = Partial<Record<OptionName, unknown>>;

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
	// Some operations do not have this option.
	return parseOptions(given, readFlag({ context, itemIndex }, simplifyField));
}

/** Options for all items. The first item's values count; only Cancel on Stop is each item's own. */
export type NodeOptions = ReturnType<typeof readNodeOptions>;

export function readNodeOptions(
	context: IExecuteFunctions,
	operation: { inTurn?: true; cancelsOnStop?: false } | undefined,
	continueOnFail: boolean,
) {
	return {
		/** How many items run at the same time. */
		limit: operation?.inTurn ? 1 : readAlone(context, 0, 'concurrency', concurrencyOf),
		/** Whether the first failure ends the node. */
		stopAtFailure: !continueOnFail,
		/** Whether that cancels what the other items have under way. */
		cancelOnFailure: readAlone(context, 0, 'cancelOnFailure', cancelOnFailureOf),
		/** Whether a stop of the execution cancels the request of this item. */
		cancelsOnStop: (itemIndex: number): boolean =>
			readAlone(context, itemIndex, 'cancelOnStop', cancelOnStopOf) ??
			operation?.cancelsOnStop ??
			true,
		waitMode: readAlone(context, 0, 'waitMode', waitModeOf),
		/** US dollars; 0 for no limit. @throws RunComfyError `invalid_input`: then nothing may be submitted. */
		stopBelowBalance(): number {
			const name = 'stopBelowBalance';
			return checkAmount(name, valueAlone(context, 0, name, OPTIONS[name].default));
		},
	};
}

/** An option of an item, whatever is wrong with its other options; its default if it cannot be read. */
function readAlone<T>(
	context: IExecuteFunctions,
	itemIndex: number,
	name: OptionName,
	parse: (given: OptionValues) => T,
): T {
	try {
		return parse({ [name]: valueAlone(context, itemIndex, name, null) });
	} catch {
		// Reading the item reports what is wrong with its options.
		return parse({});
	}
}

/**
 * @param unset its value if the user has not set it
 * @throws RunComfyError `invalid_input` that names the option.
 */
function valueAlone(
	context: IExecuteFunctions,
	itemIndex: number,
	name: OptionName,
	unset: unknown,
): unknown {
	try {
		return context.getNodeParameter(`options.${name}`, itemIndex, unset);
	} catch (error) {
		throw invalidInput(
			`The option ${quoted(OPTIONS[name].displayName)} cannot be read: ${messageOf(error)}`,
			`Look at its expression, with item ${itemIndex}.`,
		);
	}
}

/** @throws RunComfyError `invalid_input` that names the option. */
function parseOptions(given: OptionValues, simplify = false) {
	const outputs = {
		downloadFiles: flag(given, 'downloadFiles'),
		/** Whether to leave out what few people use. */
		simplify,
		itemPerFile: oneOf(given, 'outputItems', ['request', 'file']) === 'file',
		nodeIds: nodeIds(given),
		/** Bytes. */
		maxBytes: bytesOfMb(amount(given, 'maxFileSize')),
	};
	return {
		cancelOnFailure: cancelOnFailureOf(given),
		cancelOnStop: cancelOnStopOf(given),
		/** Whether the inputs are compared with the deployment's workflow before the submit. */
		checkInputs: flag(given, 'checkInputs'),
		/** A whole number, 1 or more. */
		concurrency: concurrencyOf(given),
		outputs,
		retryFailedRuns: flag(given, 'retryFailedRuns'),
		/** US dollars; 0 for no limit. */
		stopBelowBalance: amount(given, 'stopBelowBalance'),
		submit: submitOptions(given),
		wait: {
			/** Milliseconds; 0 for no limit. */
			timeoutMs: amount(given, 'timeout') * 1000,
			cancelOnTimeout: flag(given, 'cancelOnTimeout'),
		},
		waitMode: waitModeOf(given),
	};
}

function cancelOnFailureOf(given: OptionValues): boolean {
	return flag(given, 'cancelOnFailure');
}

/** Undefined if the user has not set it: its default depends on the operation. */
function cancelOnStopOf(given: OptionValues): boolean | undefined {
	return (given.cancelOnStop ?? undefined) === undefined ? undefined : flag(given, 'cancelOnStop');
}

function waitModeOf(given: OptionValues): WaitMode {
	return oneOf(given, 'waitMode', WAIT_MODES);
}

function submitOptions(given: OptionValues) {
	const name = quoted(OPTIONS.extraData.displayName);
	const extraData = parseExtraData(given.extraData, { name });
	const webhook = webhookOf(given);
	return { ...(extraData && { extraData }), ...(webhook && { webhook }) };
}

function webhookOf({ webhook = '' }: OptionValues): string {
	if (webhook === null || typeof webhook === 'string') return webhook?.trim() ?? '';
	throw wrong('webhook', 'must be a web address', webhook);
}

function concurrencyOf(given: OptionValues): number {
	const value = valueOf(given, 'concurrency');
	const number = toNumber(value);
	if (number !== undefined && number >= 1) return Math.floor(number);
	throw wrong('concurrency', 'must be a whole number, 1 or more', value);
}

function valueOf(given: OptionValues, name: OptionName): unknown {
	return given[name] ?? OPTIONS[name].default;
}

function oneOf<T extends string>(given: OptionValues, name: OptionName, values: readonly T[]): T {
	const value = valueOf(given, name);
	const known = values.find((one) => one === value);
	if (known !== undefined) return known;
	const quoted = values.map((one) => `"${one}"`);
	throw wrong(name, `must be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`, value);
}

// An expression may give one id as a number, or several as a list.
function nodeIds(given: OptionValues): string[] {
	const value = valueOf(given, 'outputNodes');
	const ids = Array.isArray(value) ? value : [value];
	if (ids.every((id) => typeof id === 'string' || typeof id === 'number')) {
		return ids.flatMap((id) => String(id).split(','));
	}
	throw wrong('outputNodes', 'must be IDs of nodes, separated by commas', value);
}

function amount(given: OptionValues, name: OptionName): number {
	return checkAmount(name, valueOf(given, name));
}

function checkAmount(name: OptionName, value: unknown): number {
	const number = toNumber(value);
	if (number !== undefined && number >= 0) return number;
	throw wrong(name, 'must be a number, 0 or more', value);
}

// An expression may give it as a text.
function toNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function flag(given: OptionValues, name: OptionName): boolean {
	const value = valueOf(given, name);
	const known = toFlag(value);
	if (known !== undefined) return known;
	throw wrong(name, 'must be true or false', value);
}

function wrong(name: OptionName, what: string, value: unknown): RunComfyError {
	const option = quoted(OPTIONS[name].displayName);
	return invalidInput(`The option ${option} ${what}`, currentValueHint(value));
}
