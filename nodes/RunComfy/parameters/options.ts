import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { currentValueHint, invalidInput, type RunComfyError, trimmed } from '../../../core';
import { quoted, readFlag, toFiniteNumber, toFlag } from './mistakes';
import { type OptionName, OPTIONS, simplifyField } from './optionFields';

/** All options of one item, with defaults for those that the operation does not have. */
export type Options = ReturnType<typeof parseOptions>;

export type OutputOptions = Options['outputs'];

type OptionValues = Partial<Record<OptionName, unknown>>;

/** One input item, with its options. */
export interface Item {
	context: IExecuteFunctions;
	itemIndex: number;
	options: Options;
}

/** @throws RunComfyError `invalid_input` that names the option */
export function readItem(context: IExecuteFunctions, itemIndex: number): Item {
	return { context, itemIndex, options: readOptions(context, itemIndex) };
}

/** @throws RunComfyError `invalid_input` that names the option */
export function readOptions(context: IExecuteFunctions, itemIndex: number): Options {
	const given = context.getNodeParameter('options', itemIndex, {}) as IDataObject;
	// Only some operations have Simplify.
	return parseOptions(given, readFlag({ context, itemIndex }, simplifyField));
}

/** Options of the whole node. The first item's values count. */
export type NodeOptions = ReturnType<typeof readNodeOptions>;

export function readNodeOptions(
	context: IExecuteFunctions,
	operation: { inTurn?: true } | undefined,
	continueOnFail: boolean,
) {
	return {
		/** Number of items that run at the same time. */
		limit: operation?.inTurn ? 1 : readAlone(context, 0, 'concurrency', itemsAtOnce),
		/** Whether the first failure stops the node. */
		stopAtFailure: !continueOnFail,
		waitMode: readAlone(context, 0, 'waitMode', waitModeOf),
	};
}

/** Reads one option, even if others of the item are invalid; returns its default if it cannot be read. */
function readAlone<T>(
	context: IExecuteFunctions,
	itemIndex: number,
	name: OptionName,
	parse: (given: OptionValues) => T,
): T {
	try {
		return parse({ [name]: context.getNodeParameter(`options.${name}`, itemIndex, null) });
	} catch {
		// An invalid option is reported when the item is read.
		return parse({});
	}
}

/** @throws RunComfyError `invalid_input` that names the option */
function parseOptions(given: OptionValues, simplify = false) {
	const outputs = {
		downloadFiles: flag(given, 'downloadFiles'),
		/** Whether to leave out rarely used fields. */
		simplify,
		itemPerFile: oneOf(given, 'outputItems', ['request', 'file']) === 'file',
		nodeIds: nodeIds(given),
	};
	return {
		/** Whether to compare the inputs with the deployment's workflow before the submit. */
		checkInputs: flag(given, 'checkInputs'),
		/** A whole number, 1 or more. */
		concurrency: itemsAtOnce(given),
		outputs,
		wait: {
			/** Milliseconds; 0 for no limit. */
			timeoutMs: amount(given, 'timeout') * 1000,
			cancelOnTimeout: flag(given, 'cancelOnTimeout'),
		},
		waitMode: waitModeOf(given),
		webhook: webhookOf(given),
	};
}

/** Where the execution waits: wherever the node decides, or in n8n's memory. */
function waitModeOf(given: OptionValues) {
	return oneOf(given, 'waitMode', ['auto', 'poll']);
}

function webhookOf({ webhook }: OptionValues): string | undefined {
	if (typeof (webhook ?? '') === 'string') return trimmed(webhook) || undefined;
	throw wrong('webhook', 'must be a URL', webhook);
}

function itemsAtOnce(given: OptionValues): number {
	const value = optionValue(given, 'concurrency');
	const number = toFiniteNumber(value);
	if (number !== undefined && number >= 1) return Math.floor(number);
	throw wrong('concurrency', 'must be a whole number, 1 or more', value);
}

function optionValue(given: OptionValues, name: OptionName): unknown {
	return given[name] ?? OPTIONS[name].default;
}

function oneOf<T extends string>(given: OptionValues, name: OptionName, values: readonly T[]): T {
	const value = optionValue(given, name);
	const choice = values.find((one) => one === value);
	if (choice !== undefined) return choice;
	const quoted = values.map((one) => `"${one}"`);
	throw wrong(name, `must be ${quoted.join(' or ')}`, value);
}

// An expression may return a single id as a number, or several as a list.
function nodeIds(given: OptionValues): string[] {
	const value = optionValue(given, 'outputNodes');
	const ids = Array.isArray(value) ? value : [value];
	if (ids.every((id) => typeof id === 'string' || typeof id === 'number')) {
		return ids.flatMap((id) => String(id).split(','));
	}
	throw wrong('outputNodes', 'must be IDs of nodes, separated by commas', value);
}

function amount(given: OptionValues, name: OptionName): number {
	const value = optionValue(given, name);
	const number = toFiniteNumber(value);
	if (number !== undefined && number >= 0) return number;
	throw wrong(name, 'must be a number, 0 or more', value);
}

function flag(given: OptionValues, name: OptionName): boolean {
	const value = optionValue(given, name);
	const isOn = toFlag(value);
	if (isOn !== undefined) return isOn;
	throw wrong(name, 'must be true or false', value);
}

function wrong(name: OptionName, what: string, value: unknown): RunComfyError {
	const option = quoted(OPTIONS[name].displayName);
	return invalidInput(`The option ${option} ${what}`, currentValueHint(value));
}
