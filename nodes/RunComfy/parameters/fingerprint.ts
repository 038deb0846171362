import { createHash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import { stringifyJson } from '../../../core';
import { SUBMIT_OPTIONS } from './optionFields';

/**
 * Of what the submit is made of, not of the submit itself: an expression or a seed drawn at random
 * differs in every try. Options that only say how to wait and what to fetch may be changed between.
 */
export function fingerprints(context: IExecuteFunctions): (itemIndex: number) => string {
	const items = context.getInputData();
	let parameters: string | undefined;
	return (itemIndex) => {
		parameters ??= submitParameters(context.getNode().parameters);
		const { json, binary } = items[itemIndex] ?? {};
		const hash = createHash('sha256').update(parameters);
		return hash.update(stringifyJson({ json, binary })).digest('base64');
	};
}

function submitParameters({ options, ...rest }: Record<string, unknown>): string {
	const given = Object.entries(options ?? {}).filter(([name]) =>
		SUBMIT_OPTIONS.some((option) => option === name),
	);
	return stringifyJson({ ...rest, options: Object.fromEntries(given) });
}
