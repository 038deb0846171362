import { migrate } from '../runtime/node/migrate.cts';
import type { EditedNode } from './node.mts';

/**
 * Shows a node of an older schema version, or from before a field existed, as the present version
 * would hold it. Nothing of it is kept unless the dialog is left with Done.
 */
export function upgrade(node: EditedNode, prefix: 'node-input-' | 'node-config-input-'): void {
	const type = String(node['type']);
	const { defaults = {} } = (RED.nodes.getType(type) ?? {}) as {
		defaults?: Record<string, { value?: unknown }>;
	};
	const held = Object.fromEntries(Object.keys(defaults).map((name) => [name, node[name]]));
	const moved: EditedNode = migrate(type, held);
	for (const [name, { value: usual }] of Object.entries(defaults)) {
		if (moved[name] === undefined && isTypeOfGiven(moved, name)) continue;
		const value = moved[name] ?? usual;
		if (value === held[name] || value === '' || value === undefined) continue;
		const input = $(`#${prefix}${name}`);
		if (input.is('[type=checkbox]')) input.prop('checked', value === true);
		else input.val(String(value));
	}
}

// A value without a type is text, whatever the type would be by default.
function isTypeOfGiven(node: EditedNode, name: string): boolean {
	return name.endsWith('Type') && node[name.slice(0, -'Type'.length)] !== undefined;
}
