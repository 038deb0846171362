import { FORM } from '../../defaults';
import { holdsSecret } from '../../errors/secretNames';
import { compact } from '../../json/objects';
import { shorten } from '../../text';
import { type Choice, type InputSpec, isChoice } from '../inputSpec';

interface Limited {
	nodeId: string;
	input: string;
	spec: InputSpec;
	saved: unknown;
}

/**
 * The inputs of a form, cut to what a form can show. A name that has an
 * effect (an id, a choice, a value) is left out if it is too long: half of a name is another name.
 */
export function withinLimits<Field extends Limited>(
	fields: readonly Field[],
): Array<Field & { secret?: true }> {
	let left: number = FORM.choicesInAll;
	const named = fields.filter(({ nodeId, input }) => isName(nodeId) && isName(input));
	return named.slice(0, FORM.inputs).map((field) => {
		const spec = limitSpec(field.spec, left);
		left -= spec.choices?.length ?? 0;
		// Whoever may read a form does not see what only its author knows.
		const saved = isShort(field.saved) ? field.saved : undefined;
		return holdsSecret(field.input, saved)
			? { ...field, spec: withoutDefault(spec), saved: undefined, secret: true as const }
			: { ...field, spec, saved };
	});
}

function withoutDefault({ default: _left, ...spec }: InputSpec): InputSpec {
	return spec;
}

export function isName(text: string): boolean {
	return text.length <= FORM.name;
}

/** The first of the choices; `moreChoices` if others are left out, so that none is refused by the list. */
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

/** Lists and objects that were measured before: a schema may refer to one a thousand times. */
const measured = new WeakMap<object, boolean>();

function isShort(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return roomBeside(value, FORM.value) >= 0;
	const known = measured.get(value) ?? roomBeside(value, FORM.value) >= 0;
	measured.set(value, known);
	return known;
}

const WORD = 8;

/** Characters that are left beside a value, roughly; below zero once there are none. */
function roomBeside(value: unknown, room: number): number {
	if (typeof value !== 'object' || value === null) return room - String(value).length;
	const parts: unknown[] = Array.isArray(value) ? value : Object.entries(value);
	// A list in a list takes the space of a word, so that no value is followed down too far.
	let left = room - WORD;
	for (const part of parts) {
		if (left < 0) break;
		left = roomBeside(part, left - 1);
	}
	return left;
}
