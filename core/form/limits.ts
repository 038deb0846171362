import { FORM } from '../defaults';
import { stringifyJson } from '../json/numbers';
import { compact, tried } from '../json/objects';
import { shorten } from '../text';
import { type Choice, type InputSpec, isChoice } from './inputSpec';

/**
 * Limits the fields to what a form can show. A long tooltip is shortened. A value that is too long is left out, because
 * a shortened one would mean something else.
 */
export function withinLimits<Field extends { spec: InputSpec; saved: unknown }>(
	fields: readonly Field[],
): Field[] {
	return fields.slice(0, FORM.inputs).map((field) => ({
		...field,
		spec: limitSpec(field.spec),
		saved: isShort(field.saved) ? field.saved : undefined,
	}));
}

/** The first choices. `moreChoices` is set if some are left out, so that the check does not refuse those. */
export function limitChoices(
	list: readonly unknown[],
): Pick<InputSpec, 'moreChoices'> & { choices: Choice[] } {
	const choices = list.slice(0, FORM.choices).filter(isChoice);
	return { choices, ...(choices.length < list.length ? { moreChoices: true } : {}) };
}

function limitSpec({ choices, tooltip, default: preset, ...rest }: InputSpec): InputSpec {
	return {
		...rest,
		...(choices ? limitChoices(choices) : {}),
		...compact({
			tooltip: tooltip && shorten(tooltip, FORM.description),
			default: isShort(preset) ? preset : undefined,
		}),
	};
}

function isShort(value: unknown): boolean {
	const text = typeof value === 'string' ? value : tried(() => stringifyJson(value) ?? '');
	return text !== undefined && text.length <= FORM.value;
}
