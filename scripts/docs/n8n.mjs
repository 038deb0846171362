// Generates the list of names in docs/n8n.md from the descriptions that n8n loads.
import { load } from '../root.mjs';

/** @typedef {import('n8n-workflow').INodeProperties} Field */

/** @returns {Record<string, string>} */
export function n8nBlocks() {
	const { RunComfy } = load('nodes/RunComfy/RunComfy.node.js');
	const { RunComfyTrigger } = load('nodes/RunComfyTrigger/RunComfyTrigger.node.js');
	const { RunComfyApi } = load('credentials/RunComfyApi.credentials.js');
	/** @type {Field[]} */
	const all = new RunComfy().description.properties;
	const ofResources = entriesOf(all[0]).flatMap((resource) => {
		const own = all.filter(({ displayOptions }) =>
			displayOptions?.show?.resource?.includes(resource.value),
		);
		const operations = entriesOf(own.find(({ name }) => name === 'operation'));
		return [
			line(`${nameOf(resource)}, operations`, operations),
			...linesOf(
				nameOf(resource),
				own.filter(({ name }) => name !== 'operation'),
			),
		];
	});
	const lines = [
		...ofResources,
		...linesOf('RunComfy Trigger', new RunComfyTrigger().description.properties),
		...linesOf('Credential', new RunComfyApi().properties),
	];
	return { 'n8n-fields': lines.join('\n') };
}

/** The fields of a resource, and those inside its collections. @param {string} title @param {Field[]} fields */
function linesOf(title, fields) {
	const shown = fields.filter(({ type }) => type !== 'collection' && type !== 'notice');
	const options = fields
		.filter(({ type }) => type === 'collection')
		.flatMap((field) => entriesOf(field));
	const rows = fields
		.filter(({ type }) => type === 'fixedCollection')
		.flatMap((field) => entriesOf(field).flatMap(({ values }) => values));
	return [
		...(shown.length > 0 ? [line(`${title}, fields`, [...shown, ...rows])] : []),
		...(options.length > 0 ? [line(`${title}, options`, options)] : []),
	];
}

/** @param {string} title @param {any[]} entries with the same names twice, where operations differ */
const line = (title, entries) => `- ${title}: ${[...new Set(entries.map(nameOf))].join(', ')}`;

/** The label that the editor shows, and the name that n8n stores. @param {any} entry */
const nameOf = ({ displayName, name, value }) =>
	displayName ? `**${displayName}** \`${name}\`` : `**${name}** \`${value}\``;

/** @param {Field | undefined} field @returns {any[]} */
const entriesOf = (field) => field?.options ?? [];
