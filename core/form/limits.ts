import { FORM } from '../defaults';
import { compact } from '../json/objects';
import { shorten } from '../text';
import { type Choice, type InputSpec, isChoice } from './inputSpec';

interface Limited {
	nodeId: string;
	input: string;
	spec: InputSpec;
	saved: unknown;
}

/**
 * Limits the fields to what a form can show. Long labels and descriptions are shortened. Ids, choices and values
 * that are too long are left out, because a shortened one would mean something else.
 */
export function withinLimits<Field extends Limited>(fields: readonly Field[]): Field[] {
	let left: number = FORM.choicesInAll;
	const named = fields.filter(({ nodeId, input }) => isName(nodeId) && isName(input));
	return named.slice(0, FORM.inputs).map((field) => {
		const spec = limitSpec(field.spec, left);
		left -= spec.choices?.length ?? 0;
		return { ...field, spec, saved: isShort(field.saved) ? field.saved : undefined };
	});
}

export function isName(text: string): boolean {
	return text.length <= FORM.name;
}

/** The first choices. `moreChoices` is set if some are left out, so that the check does not refuse those. */
export function limitChoices(
	list: readonly unknown[],
	most: number = FORM.choices,
): Pick<InputSpec, 'moreChoices'> & { choices: Choice[] } {
	const first = list.slice(0, most).filter(isChoice);
	const choices = first.filter((choice) => typeof choice !== 'string' || isName(choice));
	return { choices, ...(choices.length < list.length ? { moreChoices: true } : {}) };
}

function limitSpec(spec: InputSpec, left: number): InputSpec {
	const { choices, displayName, tooltip, placeholder, default: preset, ...rest } = spec;
	const cut = (text: string | undefined, most: number) => text && shorten(text, most);
	return {
		...rest,
		...(choices ? limitChoices(choices, Math.min(left, FORM.choices)) : {}),
		...compact({
			displayName: cut(displayName, FORM.name),
			tooltip: cut(tooltip, FORM.description),
			placeholder: cut(placeholder, FORM.name),
			default: isShort(preset) ? preset : undefined,
		}),
	};
}

function isShort(value: unknown): boolean {
	return roomBeside(value, FORM.value) >= 0;
}

const WORD = 8;

/** Roughly how many characters of `room` are left after a value; negative if the value does not fit. */
function roomBeside(value: unknown, room: number): number {
	if (typeof value !== 'object' || value === null) return room - String(value).length;
	const parts: unknown[] = Array.isArray(value) ? value : Object.entries(value);
	// Each level of nesting costs `WORD` characters, which limits the depth of the recursion.
	let left = room - WORD;
	for (const part of parts) {
		if (left < 0) break;
		left = roomBeside(part, left - 1);
	}
	return left;
}
