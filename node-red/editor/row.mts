import type { InputSpec } from '../../core/index.ts';
import type { DialogInput, Row } from '../contract/dialog.ts';

/** Identifies the inputs that a row sets. */
export function rowKey({ nodeId = '', input = '', also = [] }: Partial<Row>): string {
	const further = also.flatMap((one) => [one.nodeId, one.input]);
	return JSON.stringify([nodeId, input, ...further]);
}

const SOURCES = ['msg', 'flow', 'global', 'jsonata', 'env'];

/** Choices listed at most; a longer list has a search instead. */
const MOST_LISTED = 40;

/** TypedInput types for the literals of each kind of input, the default first. */
const LITERALS: Record<InputSpec['kind'], string[]> = {
	string: ['str'],
	integer: ['num'],
	float: ['num'],
	boolean: ['bool'],
	choice: ['choice', 'str'],
	media: ['str'],
	json: ['json'],
	other: ['str', 'num', 'bool', 'json'],
};

interface TypeTexts {
	random: string;
	choice: string;
	string: string;
	/** Opens Node-RED's multi-line text editor. */
	edit: (text: string, done: (text: string) => void) => void;
}

/** Node-RED's string type, with a button that opens the multi-line editor. */
function longText({ string, edit }: TypeTexts): object {
	return {
		value: 'str',
		label: string,
		icon: 'red/images/typedInput/az.svg',
		expand(this: { value: (text?: string) => string }) {
			edit(this.value(), (text) => this.value(text));
		},
	};
}

/** The TypedInput types of a row; always includes the row's current type. */
export function typedInputTypes(
	{ spec, seed }: Pick<DialogInput, 'spec' | 'seed'>,
	row: Partial<Row>,
	texts: TypeTexts,
): Array<string | object> {
	const literals = LITERALS[spec.kind] ?? LITERALS.other;
	const names = [
		...(seed ? ['random'] : []),
		// Files usually arrive in a message.
		...(spec.kind === 'media' ? ['msg'] : []),
		...literals.filter((name) => name !== 'choice' || spec.choices?.length),
		...SOURCES,
	];
	if (row.type) names.push(row.type);
	return [...new Set(names)].map((name) => customType(name, spec, texts) ?? name);
}

function customType(
	name: string,
	{ choices = [], multiline }: InputSpec,
	texts: TypeTexts,
): object | undefined {
	if (name === 'random') {
		return { value: name, label: texts.random, icon: 'fa fa-random', hasValue: false };
	}
	if (name === 'str' && multiline) return longText(texts);
	if (name !== 'choice') return undefined;
	const list = choices.map((choice) => ({ value: String(choice), label: String(choice) }));
	const type = { value: name, label: texts.choice, icon: 'fa fa-list-ul' };
	if (list.length > 0 && list.length <= MOST_LISTED) return { ...type, options: list };
	const search = (typed: string) => {
		const found = list.filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase()));
		return found.slice(0, 200);
	};
	return { ...type, autoComplete: search };
}

/**
 * The part of an input's spec that a flow file stores: enough to read and check the value while RunComfy cannot be
 * reached.
 */
export function keptSpec({ kind, also, many, wrap, min, max }: InputSpec): InputSpec {
	const kept = { kind, also, many, wrap, min, max };
	const present = Object.entries(kept).filter(([, value]) => value !== undefined);
	return Object.fromEntries(present) as unknown as InputSpec;
}

/** The prompt, which most flows set first: the first input, if that is a text. */
export function mainInput([first]: readonly DialogInput[]): DialogInput | undefined {
	return first?.likely && first.spec.kind === 'string' ? first : undefined;
}

export const isOfSeed = ({ seed }: DialogInput) => seed;

/** Creates the row of the main input, which most flows set from the message. */
export function mainRow(input: DialogInput): Row {
	return { ...newRow(input), ...PAYLOAD };
}

export const PAYLOAD = { type: 'msg', value: 'payload' } as const;

/** Whether the row has only a default, which would be the same for an input of any other workflow. */
export function hasNoOwnValue({ type, value }: Partial<Row>): boolean {
	return type === 'random' || (type === PAYLOAD.type && value === PAYLOAD.value);
}

/** Creates the row of a required input: empty for the user to fill in, unless the model has a default. */
export function neededRow(input: DialogInput): Row {
	const row = newRow(input);
	return row.type === 'msg' ? { ...row, value: '' } : row;
}

/** Creates the row of an input that was just chosen, with the value saved in the workflow. */
export function newRow({ required, ...input }: DialogInput): Row {
	return { ...rowOf(input), ...(required ? { required } : {}) };
}

function rowOf({ nodeId, input, also, label, spec, seed, saved = '' }: DialogInput): Row {
	const listed = spec.choices?.some((choice) => String(choice) === saved);
	const literals = LITERALS[spec.kind] ?? LITERALS.other;
	const literal = literals.find((name) => name !== 'choice' || listed) ?? 'str';
	const row = { nodeId, input, ...(also ? { also } : {}), label, spec: keptSpec(spec) };
	if (seed) return { ...row, type: 'random', value: '' };
	if (spec.kind === 'media') return { ...row, ...PAYLOAD };
	return { ...row, type: literal, value: saved };
}
