// Generates the lists in docs/n8n.md and docs/n8n-fields.md from the descriptions that n8n loads.
import { load } from '../root.mjs';
import { fromHtml, listOf } from './markdown.mjs';

/** @typedef {import('n8n-workflow').INodeProperties} Field */
/** @typedef {{field: Field, of: string[]}} Shown a field, and the operations that have it */

/** @returns {Record<string, string>} */
export function n8nBlocks() {
	const { RunComfy } = load('nodes/RunComfy/RunComfy.node.js');
	const { RunComfyTrigger } = load('nodes/RunComfyTrigger/RunComfyTrigger.node.js');
	const { RunComfyApi } = load('credentials/RunComfyApi.credentials.js');
	/** @type {Field[]} */
	const all = new RunComfy().description.properties;
	const [resource] = all;
	const ofResources = choicesOf(resource).map(({ value }) => blocksOf(String(value), all));
	return {
		...Object.assign({}, ...ofResources),
		'n8n-trigger': plainList(new RunComfyTrigger().description.properties),
		'n8n-credential': plainList(new RunComfyApi().properties),
	};
}

/** @param {Field[]} fields that belong to no operation */
function plainList(fields) {
	const all = fields.map((field) => ({ field, of: [] }));
	return fieldList([...all, ...inside(all, 'collection')]);
}

/** @param {string} resource @param {Field[]} all @returns {Record<string, string>} */
function blocksOf(resource, all) {
	const own = all.filter(({ displayOptions }) =>
		displayOptions?.show?.resource?.includes(resource),
	);
	const operations = choicesOf(own.find(({ name }) => name === 'operation'));
	const nameOf = new Map(operations.map(({ value, name }) => [String(value), name]));
	const fields = own
		.filter(({ name }) => name !== 'operation')
		.map((field) => ({
			field,
			of: (field.displayOptions?.show?.operation ?? []).map(
				(value) => nameOf.get(String(value)) ?? '',
			),
		}));
	const options = inside(fields, 'collection');
	const flat = [...fields, ...inside(fields, 'fixedCollection')];
	return {
		[`n8n-${resource}-operations`]: listOf(
			operations.map(({ name, value, description = '' }) => ({
				label: name,
				name: String(value),
				meaning: fromHtml(description),
			})),
		),
		...(fields.length > 0 && {
			[`n8n-${resource}-fields`]: fieldList(flat, operations.length),
		}),
		...(options.length > 0 && {
			[`n8n-${resource}-options`]: fieldList(options, operations.length),
		}),
	};
}

/**
 * The fields inside collections of a type.
 * @param {Shown[]} fields
 * @param {'collection' | 'fixedCollection'} type
 */
function inside(fields, type) {
	return fields
		.filter(({ field }) => field.type === type)
		.flatMap(({ field, of }) => entriesOf(field).map((entry) => ({ field: entry, of })));
}

/** @param {Field} field @returns {Field[]} */
function entriesOf({ type, options = [] }) {
	const entries = /** @type {any[]} */ (options);
	if (type === 'collection') return entries;
	return entries.flatMap(({ displayName: group, values }) =>
		values.map((/** @type {Field} */ value) => ({
			...value,
			displayName: `${group}: ${value.displayName}`,
		})),
	);
}

/** @param {Shown[]} fields @param {number} [all] total number of operations */
function fieldList(fields, all) {
	const shown = fields.filter(({ field: { type } }) => type !== 'collection' && type !== 'notice');
	const lines = shown.map(({ field, of }) => ({
		label: field.displayName,
		name: field.name,
		meaning: meaningOf(field),
		of,
		value: defaultOf(field),
	}));
	return listOf(lines, all);
}

/** Descriptions of fields that need none in the editor. @type {Record<string, string>} */
const UNSAID = {
	modelInputs:
		'One field for each input of the model, with its type, choices and default. Inputs that you leave unchanged are not sent. A seed also takes `random`; the seed used comes out in `seed`',
	workflowInputs:
		'One field for each input of the deployed workflow, with its type, choices and saved value. What is not in the form keeps its saved value. A seed also takes `random`; the seed used comes out in `seeds`',
};

/** @param {Field} field */
function meaningOf(field) {
	if (field.type === 'resourceMapper' && !UNSAID[field.name]) {
		throw new Error(`Describe the form ${field.name} in UNSAID (scripts/docs/n8n.mjs)`);
	}
	const said = [field.description ?? UNSAID[field.name], field.hint]
		.filter(Boolean)
		.map((text) => fromHtml(String(text)));
	const choices =
		field.type === 'options' || field.type === 'multiOptions'
			? choicesOf(field).map(({ name, value, description }) =>
					description && description !== value
						? `_${name}_: ${fromHtml(description)}`
						: `_${name}_`,
				)
			: [];
	const sentences = [...said, ...(choices.length > 0 ? [choices.join('; ')] : [])];
	return sentences.map((text) => text.replace(/\.$/, '')).join('. ');
}

/** @param {Field} field */
function defaultOf({ type, default: value, options, typeOptions }) {
	if (typeOptions?.password || value === '' || value === undefined) return '';
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	if (type === 'options')
		return choicesOf({ options }).find((one) => one.value === value)?.name ?? String(value);
	if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : '';
	if (typeof value === 'object') {
		const inner = /** @type {any} */ (value).value;
		return typeof inner === 'string' && inner ? code(inner) : '';
	}
	return typeof value === 'number' ? String(value) : code(value);
}

/** Formats an expression as the editor shows it. */
const code = (/** @type {string} */ text) => `\`${text.replace(/^=/, '')}\``;

/** @param {{options?: unknown[] | undefined} | undefined} field @returns {import('n8n-workflow').INodePropertyOptions[]} */
function choicesOf(field) {
	return /** @type {any} */ (field?.options ?? []);
}
