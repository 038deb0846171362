import { asId, asList, isObject, type JsonObject, tried } from '../../../json/objects';
import { inputsOf, takesInput } from '../../inputsOf';
import type { InputSpec } from '../../inputSpec';
import type { InputDefinition, NodeClass } from '../../objectInfo';
import type { EditorNode } from './graph';

/** The values of a node's widgets, by their names in the graph that runs. */
export interface WidgetValues {
	values: Map<string, unknown>;
	/** Names of those that cannot belong to their widget → the value. */
	misfits: Map<string, unknown>;
}

/**
 * The values that the editor saved of a node: by name if it saved names, otherwise in the order in which it
 * makes the widgets of the class (ComfyUI_frontend, `litegraphService.ts` and `useIntWidget.ts`).
 */
export function widgetValues(node: EditorNode, nodeClass: NodeClass): WidgetValues {
	const { values, named, classType } = node;
	const given = named ?? (isObject(values) ? values : undefined);
	if (given) return byName(given, classType, nodeClass);
	const list = asList(values);
	// Its rows no object_info lists.
	if (/^Power Lora Loader \(rgthree\)$/.test(classType)) {
		const loras = list.filter((value) => isObject(value) && 'lora' in value);
		const rows = loras.map((lora, index) => [`lora_${index + 1}`, lora] as const);
		return { values: new Map(rows), misfits: new Map() };
	}
	let best = inOrder(list, node, nodeClass, { own: false, old: false });
	for (const reading of OTHER_READINGS) {
		if (best.cost === 0) break;
		const one = inOrder(list, node, nodeClass, reading);
		if (one.cost < best.cost) best = one;
	}
	return best;
}

interface Reading {
	/** Inputs of types that are not known have widgets, which their node brings along. */
	own: boolean;
	/** In 2023 what follows a seed was true or false: whether it changes after a run. */
	old: boolean;
}

const OTHER_READINGS: readonly Reading[] = [
	{ own: true, old: false },
	{ own: false, old: true },
	{ own: true, old: true },
];

function byName(given: JsonObject, classType: string, nodeClass: NodeClass): WidgetValues {
	const inputs = inputsOf(classType, nodeClass, given);
	const own = Object.entries(given).filter(([name]) => takesInput(inputs, name));
	return { values: new Map(own), misfits: new Map() };
}

const CONTROL = ['fixed', 'increment', 'decrement', 'randomize', 'increment-wrap'];

/** Whether it is the editor's value after a seed: how the seed changes after a run. */
function isControlWord(value: unknown): boolean {
	return typeof value === 'string' && CONTROL.includes(value);
}

interface Walk extends WidgetValues, Reading {
	list: readonly unknown[];
	at: number;
	node: EditorNode;
	/** Values that are not among the choices of their widget. */
	strange: number;
}

/** `cost` tells two ways to read the same list apart: the lower, the better it fits. */
function inOrder(
	list: readonly unknown[],
	node: EditorNode,
	{ inputs }: NodeClass,
	reading: Reading,
): WidgetValues & { cost: number } {
	const walk: Walk = {
		list,
		node,
		...reading,
		at: 0,
		strange: 0,
		values: new Map(),
		misfits: new Map(),
	};
	const required = inputs.filter((input) => input.required);
	for (const input of required) take(input, input.name, walk);
	// The editor appends a button for the upload to what is required.
	for (const { spec } of required) if (spec.upload && UPLOADS.includes(list[walk.at])) walk.at += 1;
	for (const input of inputs) if (!input.required) take(input, input.name, walk);
	const apart = Math.abs(list.length - walk.at);
	return { ...walk, cost: walk.misfits.size * 1_000 + walk.strange * 10 + apart };
}

const UPLOADS: unknown[] = ['image', 'video', 'audio', 'file'];

function take(definition: InputDefinition, name: string, walk: Walk): void {
	const { spec, options, prefix = '.', group, slots, whileLinked } = definition;
	if (slots) return;
	if (group) return takeRows(group, name, walk);
	if (!hasWidget(name, definition, walk)) {
		for (const child of whileLinked ?? []) {
			if (isLinked(name, walk)) take(child, `${name}.${child.name}`, walk);
		}
		return;
	}
	const value = walk.at < walk.list.length ? walk.list[walk.at] : defaultOf(spec);
	walk.at += 1;
	if (value !== null && value !== undefined) walk.values.set(name, value);
	const linked = isLinked(name, walk);
	if (!linked && !fits(value, spec)) walk.misfits.set(name, value);
	const { choices = [] } = spec;
	const isListed = choices.length === 0 || choices.some((choice) => choice === value);
	if (spec.kind === 'choice' && !isListed) walk.strange += 1;
	takeControl(spec, walk);
	const chosen = options?.find(({ key }) => key === value);
	if (options && !chosen && prefix === '.' && !linked) walk.misfits.set(name, value);
	const start = prefix && `${name}${prefix}`;
	for (const child of chosen?.inputs ?? []) take(child, `${start}${child.name}`, walk);
}

function takeRows(
	{ fields, max }: NonNullable<InputDefinition['group']>,
	name: string,
	walk: Walk,
): void {
	const count = walk.list[walk.at];
	walk.at += 1;
	if (typeof count !== 'number' || !(count >= 0 && count <= max)) {
		if (count !== undefined) walk.misfits.set(name, count);
		return;
	}
	for (let row = 0; row < count; row += 1) {
		for (const field of fields) take(field, `${name}.${row}.${field.name}`, walk);
	}
}

function hasWidget(name: string, { spec, socket }: InputDefinition, { node, own }: Walk): boolean {
	if (spec.linkOnly || spec.noValue || socket) return false;
	const slot = node.inputs.find((input) => input.name === name);
	if (slot) return slot.widget;
	return spec.kind !== 'other' || own;
}

function isLinked(name: string, { node }: Walk): boolean {
	return node.inputs.some((input) => input.name === name && input.link !== undefined);
}

/** Skips the value that follows a seed, and after a list that the editor steps through also its filter. */
function takeControl(spec: InputSpec, walk: Walk): void {
	const isSeed = spec.control ?? spec.kind === 'integer';
	const value = walk.list[walk.at];
	const isOld = walk.old && spec.control === true && typeof value === 'boolean';
	if (!isOld && !(isSeed && isControlWord(value))) return;
	walk.at += 1;
	if (spec.kind === 'choice' && walk.list[walk.at] === '') walk.at += 1;
}

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';
const isText = (value: unknown) => typeof value === 'string';

const FITS: Record<InputSpec['kind'], (value: unknown) => boolean> = {
	integer: isNumber,
	float: isNumber,
	boolean: (value) => typeof value === 'boolean',
	string: (value) => isText(value) || isNumber(value),
	media: isText,
	choice: (value) => isText(value) || isNumber(value) || typeof value === 'boolean',
	json: (value) => typeof value === 'object',
	other: () => true,
};

function fits(value: unknown, { kind, also = [] }: InputSpec): boolean {
	if (value === null || value === undefined) return true;
	return [kind, ...also].some((one) => FITS[one](value));
}

/** As the editor fills in what it has no value for. */
function defaultOf({ kind, choices = [], min, default: given }: InputSpec): unknown {
	if (given !== undefined) return given;
	if (kind === 'choice' || kind === 'media') return choices[0];
	if (kind === 'integer' || kind === 'float') return Math.max(0, min ?? 0);
	return { string: '', boolean: false, json: undefined, other: undefined }[kind];
}

/**
 * The value that the node of a subgraph holds for one of its inputs, if the widget of a node within is
 * shown on it; undefined if the inner widget's own value counts (ComfyUI_frontend, `SubgraphNode.ts`,
 * `_applyPromotedWidgetValues`).
 */
export function promotedValue(node: EditorNode, input: string): unknown {
	if (node.named && Object.hasOwn(node.named, input)) return node.named[input] ?? undefined;
	if (!Array.isArray(node.values)) return undefined;
	const values = node.values as unknown[];
	const names = widgetsOf(node);
	let at = 0;
	for (const [index, name] of names.entries()) {
		if (name === input) return values[at] ?? undefined;
		at += 1;
		// Some editors also wrote what comes after the run of a seed.
		const spare = values.length - at > names.length - index - 1;
		if (spare && isControlWord(values[at])) at += 1;
	}
	return undefined;
}

/** The names of the widgets in their order; undefined for one that is a node's within, and keeps its value there. */
function widgetsOf({ inputs, properties }: EditorNode): (string | undefined)[] {
	const proxies = readProxies(properties['proxyWidgets']);
	if (proxies.length === 0) return inputs.flatMap(({ name, widget }) => (widget ? [name] : []));
	return proxies.map((proxy) => {
		const [node, name] = asList(proxy);
		return asId(node) === '-1' ? asId(name) : undefined;
	});
}

function readProxies(given: unknown): unknown[] {
	return asList(typeof given === 'string' ? tried((): unknown => JSON.parse(given)) : given);
}
