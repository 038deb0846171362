import type { InputSpec } from '../../core/index.ts';
import type { DialogInput, Row } from '../contract/dialog.cts';

/** Whether inputs have only a name, without a node: those of a hosted model or a LoRA deployment. */
export function isDirect(target: unknown, inputMode: unknown): boolean {
	return target === 'model' || inputMode === 'direct';
}

/** Names the inputs that a row sets. */
export function keyOf({ nodeId = '', input = '', also = [] }: Partial<Row>): string {
	const further = also.flatMap((one) => [one.nodeId, one.input]);
	return JSON.stringify([nodeId, input, ...further]);
}

/** A node keeps the rows of both kinds, and uses those that fit its target. */
export const isOfKind = (direct: boolean) => (row: Partial<Row>) => (row.nodeId === '') === direct;

const SOURCES = ['msg', 'flow', 'global', 'jsonata', 'env'];

/** How many choices a list shows at once. In a longer list you search. */
const MOST_LISTED = 40;

/** The literal types that an input takes, the usual one first. */
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
	/** Opens the large field for a text that the editor has. */
	edit: (text: string, done: (text: string) => void) => void;
}

/** Node-RED's type for a text, with a button that opens a field for many lines. */
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

/** The types of TypedInput for a row, always with the type that the row has. */
export function typesOf(
	{ spec, seed }: Pick<DialogInput, 'spec' | 'seed'>,
	row: Partial<Row>,
	texts: TypeTexts,
): Array<string | object> {
	const literals = LITERALS[spec.kind] ?? LITERALS.other;
	const names = [
		...(seed ? ['random'] : []),
		// Most files come with the message.
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

/** What a flow file stores of an input: enough to read and check its value if RunComfy cannot be asked. */
export function keptSpec({ kind, also, many, wrap, min, max }: InputSpec): InputSpec {
	const kept = { kind, also, many, wrap, min, max };
	const present = Object.entries(kept).filter(([, value]) => value !== undefined);
	return Object.fromEntries(present) as unknown as InputSpec;
}

/** The prompt, which most flows set first: the input at the top of the list, if that is a text. */
export function mainInput([first]: readonly DialogInput[]): DialogInput | undefined {
	return first?.likely && first.spec.kind === 'string' ? first : undefined;
}

export const isOfSeed = ({ seed }: DialogInput) => seed;

/** Makes the row of the main input, which most flows set from the message. */
export function mainRow(input: DialogInput): Row {
	return { ...newRow(input), ...PAYLOAD };
}

export const PAYLOAD = { type: 'msg', value: 'payload' } as const;

/** Whether a row would begin with the same value for an input of another workflow. */
export function hasNoOwnValue({ type, value }: Partial<Row>): boolean {
	return type === 'random' || (type === PAYLOAD.type && value === PAYLOAD.value);
}

/** Makes a row for an input that a model needs: its value is for the user to give, unless the model has one. */
export function neededRow(input: DialogInput): Row {
	const row = newRow(input);
	return row.type === 'msg' ? { ...row, value: '' } : row;
}

/** Makes a row for an input that was just chosen, with the value that the workflow has. */
export function newRow({ required, ...input }: DialogInput): Row {
	return { ...rowOf(input), ...(required ? { required } : {}) };
}

function rowOf({ nodeId, input, also, label, spec, seed, secret, saved = '' }: DialogInput): Row {
	const listed = spec.choices?.some((choice) => String(choice) === saved);
	const known = LITERALS[spec.kind] ?? LITERALS.other;
	const literal = known.find((name) => name !== 'choice' || listed) ?? 'str';
	const row = { nodeId, input, ...(also ? { also } : {}), label, spec: keptSpec(spec) };
	if (seed) return { ...row, type: 'random', value: '' };
	// A flow file is no place for a secret.
	if (secret) return { ...row, type: 'env', value: '' };
	if (spec.kind === 'media') return { ...row, ...PAYLOAD };
	return { ...row, type: literal, value: saved };
}
