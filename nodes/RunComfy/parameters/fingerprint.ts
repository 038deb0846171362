import { createHash } from 'crypto';
import type { IBinaryKeyData, IExecuteFunctions } from 'n8n-workflow';
import { stringifyJson } from '../../../core';
import { SUBMIT_OPTIONS } from './optionFields';

/**
 * Tells whether a later try would submit the same. It covers what the submit is made of, not the submit
 * itself, because an expression or a random seed differs in every try. Options that only say how to wait
 * and what to fetch are not part of it: you may change them between two tries.
 */
export function fingerprints(context: IExecuteFunctions): (itemIndex: number) => string {
	const items = context.getInputData();
	let parameters: string | undefined;
	return (itemIndex) => {
		parameters ??= submitParameters(context.getNode().parameters);
		const { json, binary } = items[itemIndex] ?? {};
		const hash = createHash('sha256').update(parameters);
		return hash
			.update(stringifyJson({ json, binary: binary && withoutPlaces(binary) }))
			.digest('base64');
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

function submitParameters({ options, ...rest }: Record<string, unknown>): string {
	const given = Object.entries(options ?? {}).filter(([name]) =>
		SUBMIT_OPTIONS.some((option) => option === name),
	);
	return stringifyJson({ ...rest, options: Object.fromEntries(given) });
}
