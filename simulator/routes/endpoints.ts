/** Names of all calls to the API. */
export const ROUTE_NAMES = [
	'submit',
	'status',
	'result',
	'cancel',
	'deployments.list',
	'deployments.get',
	'deployments.update',
	'models.list',
	'models.categories',
	'models.get',
	'models.submit',
	'models.status',
	'models.result',
	'models.cancel',
	'balance',
	'object_info',
	'storage',
] as const;

/** The kind of a call; `unknown` answers 404. */
export type RouteName = (typeof ROUTE_NAMES)[number] | 'unknown';

/** An HTTP method and path that the server answers. */
export interface Endpoint {
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	/** Capture groups are the parameters. */
	path: RegExp;
}

/** `/a/:id` matches `/a/7`, with the parameter `id`. */
export const pathPattern = (pattern: string): RegExp =>
	new RegExp(`^${pattern.replace(/\.(?=\w)/g, '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);

/** Finds the endpoint for a call, with its decoded parameters. */
export function findEndpoint<E extends Endpoint>(
	endpoints: readonly E[],
	method: string,
	pathname: string,
): { endpoint: E; params: Record<string, string> } | undefined {
	for (const endpoint of endpoints) {
		const match = endpoint.method === method ? endpoint.path.exec(pathname) : null;
		if (match === null) continue;
		const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decode(value)]);
		return { endpoint, params: Object.fromEntries(params) as Record<string, string> };
	}
	return undefined;
}

function decode(value: string): string {
	try {
		return decodeURIComponent(value);
	} catch {
		return value;
	}
}
