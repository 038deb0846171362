import { createHash, type Hash } from 'crypto';
import type { IBinaryKeyData, IExecuteFunctions } from 'n8n-workflow';
import { isObject, stringifyJson } from '../../../core';
import type { OptionName } from './optionFields';

/**
 * Shows whether a later try would submit the same. It covers what the submit is made of, not the submit
 * itself, because an expression or a random seed differs in every try. It leaves out what is not sent, such
 * as how to wait, what to check and what to fetch: you may change that between two tries.
 */
export function fingerprints(context: IExecuteFunctions): (itemIndex: number) => string {
	const items = context.getInputData();
	let parameters: Hash | undefined;
	return (itemIndex) => {
		parameters ??= createHash('sha256').update(submitParameters(context.getNode().parameters));
		const { json, binary } = items[itemIndex] ?? {};
		const item = stringifyJson({ json, binary: binary && withoutPlaces(binary) });
		return parameters.copy().update(item).digest('base64');
	};
}

/**
 * n8n moves a file that came with a call as soon as it knows the id of the execution. That changes the
 * folder in the file's id.
 */
function withoutPlaces(binary: IBinaryKeyData) {
	const files = Object.entries(binary).map(([name, file]) => {
		const { id } = file;
		return [name, id === undefined ? file : { ...file, id: id.slice(id.lastIndexOf('/') + 1) }];
	});
	return Object.fromEntries(files) as Record<string, unknown>;
}

/** A Submit sends the same as a Run and Wait. */
const NOT_SENT = new Set(['operation', 'simplify']);

const SENT_OPTIONS: OptionName[] = ['extraData', 'webhook'];

function submitParameters({ options, ...rest }: Record<string, unknown>): string {
	const given = options as Partial<Record<OptionName, unknown>> | undefined;
	const sent = Object.entries(rest).filter(([name]) => !NOT_SENT.has(name));
	return stringifyJson([
		...sent.map(([name, value]) => [name, isObject(value) ? sentOf(value) : value]),
		...SENT_OPTIONS.map((name) => [name, given?.[name]]),
	]);
}

/** n8n also stores how a deployment was chosen from a list, and what the fields of a form look like. */
function sentOf(value: Record<string, unknown>): unknown {
	return '__rl' in value || 'mappingMode' in value ? value['value'] : value;
}
