import { isObject } from '../json.cjs';
import type { JsonObject } from '../types.cjs';
import type { InputSpec, InputSpecs, NodeClass } from './index.cjs';

/** The inputs that a node has with the values it holds. */
export interface Expanded {
	required: InputSpecs;
	optional: InputSpecs;
}

/** Writes out the inputs that depend on values: choices with children, groups, growing lists. */
export function expandInputs(definition: NodeClass, values: JsonObject): Expanded {
	const found: Expanded = { required: {}, optional: {} };
	addAll(found, '', definition.input, values);
	if (definition.any_input) {
		for (const name of Object.keys(values)) found.optional[name] ??= ['*'];
		for (const name of Object.keys(found.required)) delete found.optional[name];
	}
	return found;
}

type Groups = { required?: InputSpecs; optional?: InputSpecs };

function addAll(found: Expanded, prefix: string, groups: Groups, values: JsonObject): void {
	for (const group of ['required', 'optional'] as const) {
		for (const [name, spec] of Object.entries(groups[group] ?? {})) {
			const expand = typeof spec[0] === 'string' ? EXPANDERS[spec[0]] : undefined;
			const path = prefix + name;
			if (expand !== undefined) expand(found, path, spec, values, group);
			else found[group][path] = spec;
			if (typeof spec[0] !== 'string') addFormat(found, path, spec, values);
		}
	}
}

type Expander = (
	found: Expanded,
	path: string,
	spec: InputSpec,
	values: JsonObject,
	group: 'required' | 'optional',
) => void;

const EXPANDERS: Record<string, Expander> = {
	COMFY_DYNAMICCOMBO_V3(found, path, spec, values, group) {
		// ComfyUI never misses one that belongs to the choice of another.
		if (path.includes('.') && values[path] === undefined) return;
		const options = listOf(spec[1]?.['options']);
		found[group][path] = [options.map(({ key }) => String(key)), {}];
		const chosen = options.find(({ key }) => key === values[path]);
		if (isObject(chosen?.['inputs'])) addAll(found, `${path}.`, chosen['inputs'] as Groups, values);
	},
	COMFY_AUTOGROW_V3(found, path, spec) {
		const template = objectOf(spec[1]?.['template']);
		const { min, max, prefix } = template;
		const inner = Object.values(objectOf(objectOf(template['input'])['required']))[0] as InputSpec;
		const names =
			(template['names'] as string[] | undefined) ??
			Array.from({ length: Number(max) }, (_, i) => `${String(prefix)}${i}`);
		names.forEach((name, i) => {
			found[i < Number(min) ? 'required' : 'optional'][`${path}.${name}`] = inner;
		});
	},
	COMFY_DYNAMICGROUP_V3(found, path, spec, values) {
		const template = objectOf(spec[1]?.['template']);
		const fields = objectOf(template['input']) as Groups;
		const rows = rowsIn(path, values);
		for (let row = 0; row < Math.max(rows, Number(spec[1]?.min ?? 0)); row += 1) {
			addAll(found, `${path}.${row}.`, fields, values);
		}
	},
};

/** Video Helper Suite: what a format asks for besides, an input each. */
function addFormat(found: Expanded, path: string, spec: InputSpec, values: JsonObject): void {
	const extras = objectOf(spec[1]?.['formats'])[String(values[path])];
	if (!Array.isArray(extras)) return;
	for (const extra of extras as Array<[string, ...InputSpec]>) {
		const [name, type, options] = extra;
		found.optional[name] = options === undefined ? [type] : [type, options];
	}
}

function rowsIn(path: string, values: JsonObject): number {
	const rows = Object.keys(values).flatMap((name) => {
		const row = name.startsWith(`${path}.`) ? name.slice(path.length + 1).split('.')[0] : undefined;
		return row !== undefined && /^\d+$/.test(row) ? [Number(row) + 1] : [];
	});
	return Math.max(0, ...rows);
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): JsonObject[] =>
	Array.isArray(value) ? value.filter(isObject) : [];
