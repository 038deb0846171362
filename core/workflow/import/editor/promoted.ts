import { asId } from '../../../json/objects';
import type { EditorNode } from './graph';
import { isControlWord } from './values';

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
		const [node, name] = Array.isArray(proxy) ? (proxy as unknown[]) : [];
		return asId(node) === '-1' ? asId(name) : undefined;
	});
}

function readProxies(given: unknown): unknown[] {
	if (Array.isArray(given)) return given as unknown[];
	if (typeof given !== 'string') return [];
	try {
		const read: unknown = JSON.parse(given);
		return Array.isArray(read) ? (read as unknown[]) : [];
	} catch {
		return [];
	}
}
