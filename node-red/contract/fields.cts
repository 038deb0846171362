// You declare a field of a node once. The build makes the node's defaults and validators, the row of its dialog and
// its line in docs/node-red.md from this entry, and the runtime takes the field's value from it if a flow lacks the field.

export type Fields = Readonly<Record<string, Field>>;

/** A table as a page of the editor holds it: what its checks and its dialog read. */
export type PageFields = Readonly<Record<string, PageField>>;

export interface PageField {
	/** A page knows it only of typed fields and of the list of rows. */
	kind?: Kind;
	required?: true;
	/** What a literal value must be: see `editor/check`. */
	check?: 'id' | 'model' | 'url' | 'number' | 'whole' | 'path' | 'nodes' | 'ticked' | 'secret';
	/** The field must have a value while this holds, even if it is not `required`. */
	requiredWhen?: Condition;
	/** The field whose number it must not exceed. */
	atMost?: string;
	/** The dialog shows the field, and its value must be right, while all of these hold. */
	when?: Condition | readonly Condition[];
	/** The value that counts if the field is empty while this holds. */
	emptyMeans?: Condition & { value: string };
}

const ANYWHERE = ['msg', 'flow', 'global'];
const TEXT = ['str', ...ANYWHERE, 'jsonata', 'env'];

/**
 * Where a typed field can take its value from, by its kind: types of Node-RED's TypedInput, the usual
 * one first. `sku` is ours: see `editor/dialog`.
 */
const SOURCES = {
	text: TEXT,
	deployment: TEXT,
	model: TEXT,
	hardware: ['sku', ...TEXT],
	id: [...ANYWHERE, 'str', 'jsonata', 'env'],
	number: ['num', ...ANYWHERE, 'jsonata', 'env'],
	json: ['json', ...ANYWHERE, 'jsonata'],
	overrides: [...ANYWHERE, 'json', 'jsonata'],
} as const satisfies Record<string, readonly string[]>;

type TypedKind = keyof typeof SOURCES;

/** The sources of a typed field; undefined for a field that has only one, its element. */
export function sourcesOf(kind: string | undefined): readonly string[] | undefined {
	return kind === undefined ? undefined : (SOURCES as Record<string, readonly string[]>)[kind];
}

/** What the dialog shows the field as: a line of text, a checkbox, …. A kind of `SOURCES` is a TypedInput. */
type Kind = TypedKind | 'line' | 'password' | 'checkbox' | 'select' | 'rows' | 'account' | 'hidden';

/**
 * What the value of another field must be: in the list `is`, or not in the list `not`. Without either, any value
 * will do.
 */
export interface Condition {
	field: string;
	is?: readonly string[];
	not?: readonly string[];
}

export interface Field extends PageField {
	kind: Kind;
	/** What a new node has. */
	value?: unknown;
	/**
	 * Where a new node takes the value of a typed field from: a type of TypedInput. A flow file keeps it beside the
	 * value of the field `x`, in `xType`.
	 */
	type?: string;
	/** Whether Node-RED stores it with the credentials. */
	credential?: true;
	/** Says in docs/node-red.md what the field is for. Its label is the text `runcomfy.label.<name>`. */
	help?: string;
	/** The name of the text of its label below `runcomfy`, if the usual one belongs to a field of another node. */
	label?: string;
	/** The icon before its label, from Font Awesome 4. */
	icon?: string;
	/** The values to choose from, the usual one first. Each has a text, `runcomfy.<name>.<value>`. */
	choices?: readonly string[];
	/** The values to choose from, if nobody needs to translate them. */
	options?: readonly string[];
	/** The name of a text below `runcomfy.placeholder`, which the empty field shows. */
	placeholder?: string;
	/** What the empty field shows, if nobody needs to translate it. */
	example?: string;
	/** The property of the message that the field is read from if it is left empty. */
	whenEmpty?: string;
	/** The heading that the field stands under: the name of a text below `runcomfy.section`. */
	section?: string;
	/** Whether the section shows only its heading until you open it: for what a first run does not need. */
	folded?: true;
	/** Whether its row needs only half of a line, as that of a checkbox does. */
	short?: true;
	/** Markup that follows the row of the field: the name of a file in `editor/markup`. */
	below?: string;
}

type More = Omit<Field, 'kind' | 'value'> & { help: string };

/** A value that can come from several sources. */
export function typed(kind: TypedKind, value: string, more: More): Field {
	return { kind, value, type: SOURCES[kind][0], ...more };
}

/** A number from 0. */
export function number(value: number | '', more: More): Field {
	return typed('number', String(value), { check: 'number', short: true, ...more });
}

/** The id of something, which is in the property `whenEmpty` of the message unless the node says otherwise. */
export function id(whenEmpty: string, more: More): Field {
	return typed('id', whenEmpty, { check: 'id', whenEmpty, ...more });
}

export function line(value: string | number, more: More): Field {
	return { kind: 'line', value, ...more };
}

export function checkbox(help: string, more: Partial<Field> = {}): Field {
	return { kind: 'checkbox', value: false, help, ...more };
}

export function select(choices: readonly string[], more: More): Field {
	return { kind: 'select', value: choices[0], choices, ...more };
}

function changed(fields: Fields, change: (field: Field) => Partial<Field>): Fields {
	return Object.fromEntries(
		Object.entries(fields).map(([key, field]) => [key, { ...field, ...change(field) }]),
	);
}

/** Puts fields below a heading. */
export function section(name: string, fields: Fields): Fields {
	return changed(fields, () => ({ section: name }));
}

/** Puts fields below a heading that a click opens. */
export function folded(name: string, fields: Fields): Fields {
	return changed(fields, () => ({ section: name, folded: true }));
}

/** Makes each field required in the dialog, even if the runtime can read it from the message. */
export function required(fields: Fields): Fields {
	return changed(fields, () => ({ required: true }));
}

/** Adds a condition to those of each field. */
export function shownWhen(when: Condition, fields: Fields): Fields {
	return changed(fields, (field) => ({ when: [when, ...conditionsOf(field)] }));
}

export function conditionsOf({ when = [] }: PageField): readonly Condition[] {
	return Array.isArray(when) ? (when as readonly Condition[]) : [when as Condition];
}
