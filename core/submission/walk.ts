import { isLink, nodeOf, type WorkflowApiJson } from '../workflow/graph';

/** The nodes that these need, themselves included. Steps: one for each link. */
export function reachedFrom(workflow: WorkflowApiJson, ids: readonly string[]): Set<string> {
	const reached = new Set<string>();
	const queue = [...ids];
	for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
		if (reached.has(id) || !nodeOf(workflow, id)) continue;
		reached.add(id);
		for (const source of sourcesOf(workflow, id)) queue.push(source);
	}
	return reached;
}

/** The first circle of nodes that feed each other, undefined where there is none. */
export function findCycle(workflow: WorkflowApiJson, ids: readonly string[]): string[] | undefined {
	const done = new Set<string>();
	for (const start of ids) {
		const path: { id: string; sources: string[] }[] = [];
		const onPath = new Set<string>();
		const enter = (id: string) => {
			path.push({ id, sources: sourcesOf(workflow, id) });
			onPath.add(id);
		};
		if (!done.has(start)) enter(start);
		for (let top = path.at(-1); top; top = path.at(-1)) {
			const next = top.sources.pop();
			if (next === undefined) {
				path.pop();
				onPath.delete(top.id);
				done.add(top.id);
			} else if (onPath.has(next)) {
				const circle = path.slice(path.findIndex(({ id }) => id === next)).map(({ id }) => id);
				// From the one that feeds to the one that is fed.
				return circle.reverse();
			} else if (!done.has(next) && nodeOf(workflow, next)) {
				enter(next);
			}
		}
	}
	return undefined;
}

function sourcesOf(workflow: WorkflowApiJson, id: string): string[] {
	const inputs = nodeOf(workflow, id)?.inputs ?? {};
	return Object.values(inputs).flatMap((value) => (isLink(value) ? [value[0]] : []));
}
