/** The calls that the simulator answers. */
export const ROUTE_NAMES = [
	'submit',
	'status',
	'result',
	'cancel',
	'deployments.list',
	'deployments.get',
	'deployments.create',
	'deployments.update',
	'deployments.delete',
	'models.list',
	'models.categories',
	'models.get',
	'models.submit',
	'models.status',
	'models.result',
	'models.cancel',
	'balance',
	'proxy',
	'object_info',
	'storage',
] as const;

/** What a call is about; `unknown` answers 404. */
export type RouteName = (typeof ROUTE_NAMES)[number] | 'unknown';

/** One kind of address that a server answers. */
export interface Endpoint {
	method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
	/** Its groups are the parameters. */
	path: RegExp;
}

/** `/a/:id` matches `/a/7`, with the parameter `id`. */
export const pathPattern = (pattern: string): RegExp =>
	new RegExp(`^${pattern.replace(/\.(?=\w)/g, '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);

/** The endpoint that answers a call, with its parameters, decoded. */
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
