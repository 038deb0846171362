import { createHash, type Hash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import { isObject, stringifyJson } from '../../../core';
import type { OptionName } from './optionFields';

/**
 * Detects whether a later try would submit the same thing. A fingerprint covers the parameters and files rather than
 * the finished submit, in which an expression or a random seed may differ with every try. Settings that are not sent,
 * such as how to wait and what to download, are left out: users may change them between tries.
 */
export function fingerprints(context: IExecuteFunctions): (itemIndex: number) => string {
	const items = context.getInputData();
	let parameters: Hash | undefined;
	return (itemIndex) => {
		parameters ??= createHash('sha256').update(submitParameters(context.getNode().parameters));
		const { json, binary } = items[itemIndex] ?? {};
		const item = stringifyJson([withoutPlaces(json), withoutPlaces(binary)]);
		return parameters.copy().update(item).digest('base64');
	};
}

/**
 * n8n moves a file received by a webhook once the execution has an id, which changes the folder in the file's id. With
 * combined binary data, the file is one of the item's normal fields.
 */
function withoutPlaces(fields: Record<string, unknown> = {}) {
	const files = Object.entries(fields).map(([name, file]) => {
		if (!isObject(file) || !file['mimeType'] || typeof file['id'] !== 'string') return [name, file];
		return [name, { ...file, id: file['id'].slice(file['id'].lastIndexOf('/') + 1) }];
	});
	return Object.fromEntries(files) as Record<string, unknown>;
}

/** A Submit and a Run and Wait with the same inputs send the same request. */
const NOT_SENT = new Set(['operation', 'simplify']);

function submitParameters({ options, ...rest }: Record<string, unknown>): string {
	const given = options as Partial<Record<OptionName, unknown>> | undefined;
	const sent = Object.entries(rest).filter(([name]) => !NOT_SENT.has(name));
	return stringifyJson([
		...sent.map(([name, value]) => [name, isObject(value) ? sentOf(value) : value]),
		['webhook', given?.webhook],
	]);
}

/** n8n also stores the display data of resource locators and forms, which is not sent. */
function sentOf(value: Record<string, unknown>): unknown {
	return '__rl' in value || 'mappingMode' in value ? value['value'] : value;
}
