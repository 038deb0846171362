import type { OverrideRow } from '../comfyui/overrides';
import { RunComfyError, toRunComfyError } from '../errors';
import type { InputRef, InputSpec } from '../form/inputSpec';
import { shorten } from '../text';
import type { Draft, FieldValue } from './draft';

/** A value that the user has given for an input. */
export interface Given extends OverrideRow {
	/** `message`: what a message of a flow carries, which may not be meant for the input. */
	from: 'field' | 'message' | 'json';
	/** The label of a field. */
	label?: string;
	/** Where a field's value comes from, as messages call it. */
	source?: string;
	/** The type of the input, if the host has stored it. */
	spec?: InputSpec | undefined;
}

/** The values in a draft's fields and JSON; JSON, which takes precedence, comes last. */
export function valuesIn({ fields = [], overrides = {} }: Draft): Given[] {
	const inFields = oneByOne(fields.filter(({ value }) => value !== null));
	const inJson = Object.entries(overrides).flatMap(([nodeId, { inputs }]) =>
		Object.entries(inputs).map(([input, value]): Given => ({ nodeId, input, value, from: 'json' })),
	);
	return [...inFields, ...inJson];
}

/**
 * Splits each field that sets several inputs into one value per input. The split fields come first, so that a field
 * for a single input takes precedence.
 */
function oneByOne(fields: readonly FieldValue[]): Given[] {
	const isWhole = ({ also = [] }: FieldValue) => also.length > 0;
	const ordered = [...fields.filter(isWhole), ...fields.filter((field) => !isWhole(field))];
	return ordered.flatMap((field) => {
		const { label, value, source, carried, spec } = field;
		const from = carried ? 'message' : 'field';
		return [field, ...(field.also ?? [])].map(
			({ nodeId, input }): Given => ({ nodeId, input, value, from, label, source, spec }),
		);
	});
}

/** One value for each input: the last one. */
export function byInput(given: readonly Given[]): Given[] {
	return [...new Map(given.map((one) => [`${one.nodeId}\0${one.input}`, one])).values()];
}

/** `6.inputs.text` for an input of a node, or just the name of a named input. */
export function pathOf({ nodeId, input }: InputRef): string {
	return nodeId === '' ? input : `${nodeId}.inputs.${input}`;
}

/** The name of a value in messages. */
export function nameOf({ nodeId, input, label }: Given): string {
	if (label !== undefined) return label;
	const name = shorten(input, 80);
	return nodeId === '' ? `"${name}"` : `node ${nodeId}, input ${name},`;
}

/** The same name, as the beginning of a message. */
export function labelOf(given: Given): string {
	return nameOf(given).replace(/^node (.*),$/, 'Node $1');
}

/** Does a part of the work for a value; the messages of its errors then begin with the value's name. @throws RunComfyError */
export function withLabel<T>(label: string, work: () => T): T {
	try {
		return work();
	} catch (thrown) {
		throw labelled(label, thrown);
	}
}

export function labelled(label: string, thrown: unknown): RunComfyError {
	const { code, message, ...facts } = toRunComfyError(thrown, 'invalid_input').toJSON();
	return new RunComfyError(code, `${label}: ${message}`, facts);
}

/** Labels of fields, by path. */
export type Labels = ReadonlyMap<string, string>;

export function labelsOf(given: readonly Given[]): Labels {
	const fields = given.filter(({ from }) => from === 'field' || from === 'message');
	return new Map(fields.map((field) => [pathOf(field), nameOf(field)]));
}
