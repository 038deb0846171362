import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeAPI } from 'node-red';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Why a handler gets no requests (another route has the path, or there are no HTTP nodes at all), or is not alone. */
export type RouteProblem = 'badPath' | 'noHttp' | 'taken' | 'shared';

/** It must not be a pattern of Express, which would make one node answer for many paths. */
const PATH = /^\/[\w\-.~/]*$/;

/**
 * Serves POST requests to a path below `httpNodeRoot`, by way of Node-RED's `httpNodeMiddleware`. If several routes have
 * one path, express takes the first; when that is removed, the next one gets the requests.
 * @returns a function that removes the route from the express stack
 */
export function serve(RED: NodeAPI, path: string, handler: Handler): () => void {
	if (!PATH.test(path) || !hasRoutes(RED)) return () => undefined;
	RED.httpNode.post(path, ...middleware(RED), handler);
	return () => {
		const stack = stackOf(RED);
		const at = stack.findIndex((layer) => isOf(handler, layer));
		if (at >= 0) stack.splice(at, 1);
	};
}

/** To be asked once all nodes have their routes, also those that are not ours, such as *http in*. */
export function routeProblem(
	RED: NodeAPI,
	path: string,
	handler: Handler,
): RouteProblem | undefined {
	if (!PATH.test(path)) return 'badPath';
	if (!hasRoutes(RED)) return 'noHttp';
	const [first, ...others] = stackOf(RED).filter(
		({ route }) => route?.methods?.['post'] && keyOf(String(route.path)) === keyOf(path),
	);
	if (!isOf(handler, first)) return 'taken';
	return others.length > 0 ? 'shared' : undefined;
}

function isOf(handler: Handler, layer: Layer | undefined): boolean {
	return layer?.route?.stack.some(({ handle }) => handle === handler) === true;
}

/** Express takes these for the same path. */
function keyOf(path: string): string {
	return path.toLowerCase().replace(/\/$/, '');
}

function hasRoutes({ settings, httpNode }: NodeAPI): boolean {
	const { httpNodeRoot } = settings as { httpNodeRoot?: unknown };
	return httpNodeRoot !== false && typeof httpNode === 'function';
}

function middleware(RED: NodeAPI): Handler[] {
	const { httpNodeMiddleware } = RED.settings as { httpNodeMiddleware?: unknown };
	return [httpNodeMiddleware].flat().filter((one) => typeof one === 'function') as Handler[];
}

interface Layer {
	route?: {
		path?: unknown;
		methods?: Record<string, boolean>;
		stack: Array<{ handle: unknown }>;
	};
}

/** The routes of Node-RED's app, to be changed in place, because Express has no call that removes one. */
function stackOf({ httpNode }: NodeAPI): Layer[] {
	const { _router } = httpNode as unknown as { _router?: { stack: Layer[] } };
	return _router?.stack ?? [];
}
