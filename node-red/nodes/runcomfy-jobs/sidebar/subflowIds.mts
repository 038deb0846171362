/**
 * Finds a node by the runtime's id: that of an instance of a subflow, a hyphen, and that of the node
 * in the subflow; with subflows in subflows there are more. Other ids may have hyphens, too.
 * @returns the node, and the outermost instance around it or the node itself
 */
export function findNode<T>(
	runtimeId: string,
	find: (id: string) => T | null | undefined,
): { node: T | undefined; outer: T | undefined } {
	const parts = runtimeId.split('-');
	const first = (ids: string[]) => ids.map((id) => find(id)).find((found) => found) ?? undefined;
	return {
		node: first(parts.map((_part, at) => parts.slice(at).join('-'))),
		outer: first(parts.map((_part, at) => parts.slice(0, at + 1).join('-'))),
	};
}
