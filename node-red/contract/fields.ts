// Declare each field of a node once, here. The build generates the node's defaults and validators, its row in the
// dialog and its line in the help, whose text is in the locales; the runtime falls back to the default when a flow lacks the field.

import type { TargetKind } from '../../core';

export type Fields = Readonly<Record<string, Field>>;

/** The table of fields that is shipped inside an editor page, for its validators and its dialog. */
export type PageFields = Readonly<Record<string, PageField>>;

export interface PageField {
	/** In a page, present only for typed fields and the list of rows. */
	kind?: Kind;
	required?: true;
	/** Rule for a literal value: see `editor/check`. */
	check?: 'id' | 'model' | 'url' | 'number' | 'whole' | 'nodes';
	/** Name of another number field; this field must not exceed its value. */
	atMost?: string;
	/** The dialog shows and validates the field only while all of these conditions hold. */
	when?: Condition | readonly Condition[];
}

const ANYWHERE = ['msg', 'flow', 'global'];
const TEXT = ['str', ...ANYWHERE, 'jsonata', 'env'];

/**
 * Sources of a typed field, by kind: types of Node-RED's TypedInput, the default first. `sku` is our own type, see
 * `editor/dialog`.
 */
const SOURCES = {
	deployment: TEXT,
	model: TEXT,
	text: TEXT,
	hardware: ['sku', ...TEXT],
	id: [...ANYWHERE, 'str', 'jsonata', 'env'],
	number: ['num', ...ANYWHERE, 'jsonata', 'env'],
	json: ['json', ...ANYWHERE, 'jsonata'],
	overrides: [...ANYWHERE, 'json', 'jsonata'],
} as const satisfies Record<TypedKind, readonly string[]>;

/** Each kind of target has a kind of field, with a list to choose from. */
type TypedKind = TargetKind | 'text' | 'hardware' | 'id' | 'number' | 'json' | 'overrides';

/** The sources of a typed field; undefined for a plain form element. */
export function typedSources(kind: string | undefined): readonly string[] | undefined {
	return kind === undefined ? undefined : (SOURCES as Record<string, readonly string[]>)[kind];
}

/** The form element: a line of text, a checkbox, …. The kinds in `SOURCES` are TypedInputs. */
type Kind = TypedKind | 'line' | 'password' | 'checkbox' | 'select' | 'rows' | 'account' | 'hidden';

/**
 * A condition on another field: its value is in the list `is`, or not in the list `not`; without either list, any value
 * satisfies it.
 */
export interface Condition {
	field: string;
	is?: readonly string[];
	not?: readonly string[];
}

export interface Field extends PageField {
	kind: Kind;
	/** Default value in a new node. */
	value?: unknown;
	/** Default TypedInput type of a typed field. A flow file stores the type of the field `x` beside it, as `xType`. */
	type?: string;
	/** Node-RED stores the value with the credentials. */
	credential?: true;
	/** Key of the label below `runcomfy`, if it is not `label.<name>`, which may belong to a field of another node. */
	label?: string;
	/** Icon before the label, from Font Awesome 4. */
	icon?: string;
	/** The choices, the default first. Each is translated as `runcomfy.<name>.<value>`. */
	choices?: readonly string[];
	/** Placeholder: a key below `runcomfy.placeholder`. */
	placeholder?: string;
	/** Placeholder that needs no translation. */
	example?: string;
	/** Message property to read if the field is left empty. */
	whenEmpty?: string;
	/** Heading above the field: a key below `runcomfy.section`. */
	section?: string;
	/** The section starts collapsed, because a first run does not need it. */
	folded?: true;
	/** The row takes half the width, as a checkbox does. */
	short?: true;
	/** Markup after the field's row: the name of a file in `editor/markup`. */
	below?: string;
}

type More = Omit<Field, 'kind' | 'value'>;

/** A TypedInput field. */
export function typed(kind: TypedKind, value: string, more: More): Field {
	return { kind, value, type: SOURCES[kind][0], ...more };
}

/** A number, 0 or more. */
export function number(value: number | '', more: More): Field {
	return typed('number', String(value), { check: 'number', short: true, ...more });
}

/** An id; left empty, the field is read from the message property `whenEmpty`. */
export function id(whenEmpty: string, more: More): Field {
	return typed('id', whenEmpty, { check: 'id', whenEmpty, ...more });
}

export function line(value: string | number, more: More): Field {
	return { kind: 'line', value, ...more };
}

export function checkbox(more: Partial<Field> = {}): Field {
	return { kind: 'checkbox', value: false, ...more };
}

export function select(choices: readonly string[], more: More): Field {
	return { kind: 'select', value: choices[0], choices, ...more };
}

function withEach(fields: Fields, change: (field: Field) => Partial<Field>): Fields {
	return Object.fromEntries(
		Object.entries(fields).map(([key, field]) => [key, { ...field, ...change(field) }]),
	);
}

/** Puts fields below a heading. */
export function section(name: string, fields: Fields): Fields {
	return withEach(fields, () => ({ section: name }));
}

/** Puts fields into a collapsed section. */
export function folded(name: string, fields: Fields): Fields {
	return withEach(fields, () => ({ section: name, folded: true }));
}

/** Makes fields required in the dialog, even where the runtime could read them from the message. */
export function required(fields: Fields): Fields {
	return withEach(fields, () => ({ required: true }));
}

/** Adds a condition to each field. */
export function shownWhen(when: Condition, fields: Fields): Fields {
	return withEach(fields, (field) => ({ when: [when, ...conditionsOf(field)] }));
}

export function conditionsOf({ when = [] }: PageField): readonly Condition[] {
	return Array.isArray(when) ? (when as readonly Condition[]) : [when as Condition];
}
