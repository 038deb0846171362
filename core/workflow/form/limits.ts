import { FORM } from '../../defaults';
import { stringifyJson } from '../../json/numbers';
import type { InputSpec } from '../inputSpec';

/** An input with as much as a form can show, since hosts store it in the flow: of a large value nothing. */
export function withinLimits<Field extends { spec: InputSpec; saved: unknown }>(
	field: Field,
): Field {
	const { spec, saved } = field;
	const { choices = [] } = spec;
	const text = typeof saved === 'string' ? saved : stringifyJson(saved ?? null);
	return {
		...field,
		saved: text.length > FORM.value ? undefined : saved,
		spec:
			choices.length > FORM.choices
				? { ...spec, choices: choices.slice(0, FORM.choices), moreChoices: true }
				: spec,
	};
}
