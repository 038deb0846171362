import { storage } from '../files';
import type { Reply } from '../reply';
import { json } from '../reply';
import type { RouteName } from '../types';
import type { Context } from './context';
import { get, list, objectInfo, update } from './deployments';
import * as models from './models';
import { cancel, result, status } from './queue';
import { submit } from './submit';

export interface Route {
	name: RouteName;
	method: 'GET' | 'POST' | 'PATCH';
	/** Capture groups are the parameters. */
	path: RegExp;
	/** Set if the call needs no token. */
	open?: true;
	handle: (context: Context) => Reply | Promise<Reply>;
}

/** `/a/:id` matches `/a/7`, with the parameter `id`. */
const pathPattern = (pattern: string): RegExp =>
	new RegExp(`^${pattern.replace(/\.(?=\w)/g, '\\.').replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);

function balance({ world }: Context): Reply {
	world.catchUp();
	const microdollars = world.balance();
	return json({
		balance_usd: microdollars / 1e6,
		balance_microdollars: microdollars,
		currency: 'USD',
	});
}

const QUEUE = '/prod/(?<version>v1|v2)/deployments/:deploymentId';
const REQUEST = `${QUEUE}/requests/:requestId`;
const DEPLOYMENTS = '/prod/v2/deployments';
const DEPLOYMENT = `${DEPLOYMENTS}/:deploymentId`;

const MODEL = '/v1/models/(?<modelId>.+)';
const MODEL_REQUEST = '/v1/requests/:requestId';

const route = (
	name: RouteName,
	method: Route['method'],
	path: string,
	handle: Route['handle'],
): Route => ({ name, method, path: pathPattern(path), handle });

export const ROUTES: Route[] = [
	route('submit', 'POST', `${QUEUE}/inference`, submit),
	route('status', 'GET', `${REQUEST}/status`, status),
	route('result', 'GET', `${REQUEST}/result`, result),
	route('cancel', 'POST', `${REQUEST}/cancel`, cancel),
	route('deployments.list', 'GET', DEPLOYMENTS, list),
	route('deployments.get', 'GET', DEPLOYMENT, get),
	route('deployments.update', 'PATCH', DEPLOYMENT, update),
	route('models.list', 'GET', '/v1/models', models.list),
	route('models.categories', 'GET', '/v1/models/categories', models.categories),
	route('models.get', 'GET', MODEL, models.get),
	route('models.submit', 'POST', MODEL, models.submit),
	route('models.status', 'GET', `${MODEL_REQUEST}/status`, status),
	route('models.result', 'GET', `${MODEL_REQUEST}/result`, result),
	route('models.cancel', 'POST', `${MODEL_REQUEST}/cancel`, cancel),
	route('balance', 'GET', '/prod/v2/balance', balance),
	{ ...route('object_info', 'GET', '/object_info/:deploymentId.json', objectInfo), open: true },
	{ ...route('storage', 'GET', '/storage/.*', (context) => storage(context)), open: true },
];

/** Finds the route of a call, with its decoded parameters. */
export function findRoute(
	routes: readonly Route[],
	method: string,
	pathname: string,
): { route: Route; params: Record<string, string> } | undefined {
	for (const route of routes) {
		const match = route.method === method ? route.path.exec(pathname) : null;
		if (match === null) continue;
		const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decode(value)]);
		return { route, params: Object.fromEntries(params) as Record<string, string> };
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
