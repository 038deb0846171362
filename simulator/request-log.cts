import type { LoggedRequest, RouteName } from './types.cjs';

export interface RequestLog {
	readonly entries: LoggedRequest[];
	add(entry: LoggedRequest): void;
	count(route: RouteName): number;
	/** How many there were, whatever their route. */
	total(): number;
}

/** Keeps the latest `limit` requests; counts them all. */
export function createRequestLog(limit: number): RequestLog {
	const entries: LoggedRequest[] = [];
	const counts = new Map<RouteName, number>();
	return {
		entries,
		add(entry) {
			entries.push(entry);
			counts.set(entry.route, (counts.get(entry.route) ?? 0) + 1);
			if (entries.length > limit) entries.splice(0, entries.length - limit);
		},
		count: (route) => counts.get(route) ?? 0,
		total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
	};
}
