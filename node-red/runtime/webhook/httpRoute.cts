import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeAPI } from 'node-red';
import { perRuntime } from '../runtime.cjs';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Why a node has no route: another one of ours has the path, or there are no HTTP nodes at all. */
export type NoRoute = 'taken' | 'noHttp' | 'badPath';

/** No pattern of express, which would make one node answer for many paths. */
const PATH = /^\/[\w\-.~/]*$/;

/** What mounts a route, by path: the first has it; the others get it when that one leaves. */
const claims = perRuntime(() => new Map<string, Array<() => void>>());

/**
 * Serves POST requests to a path below `httpNodeRoot`, by way of Node-RED's `httpNodeMiddleware`.
 * Where another node of ours has the path already, the route comes to life when that one closes;
 * `onChange` is called with both.
 * @returns a function that removes the route from the express stack
 */
export function serve(
	RED: NodeAPI,
	path: string,
	handler: Handler,
	onChange: (problem: NoRoute | undefined) => void,
): () => void {
	const problem = PATH.test(path) ? (hasRoutes(RED) ? undefined : 'noHttp') : 'badPath';
	if (problem) {
		onChange(problem);
		return () => undefined;
	}
	const mount = () => {
		RED.httpNode.post(path, ...middleware(RED), handler);
		onChange(undefined);
	};
	const key = keyOf(path);
	const all = claims();
	const queue = all.get(key) ?? [];
	all.set(key, queue);
	queue.push(mount);
	if (queue[0] === mount) mount();
	else onChange('taken');

	return () => {
		const first = queue[0] === mount;
		queue.splice(queue.indexOf(mount), 1);
		const stack = stackOf(RED);
		const at = stack.findIndex(({ route }) => route?.stack.some((one) => one.handle === handler));
		if (at >= 0) stack.splice(at, 1);
		if (queue.length === 0) all.delete(key);
		else if (first) queue[0]?.();
	};
}

/** Whether a route that is not ours, such as that of an *http in* node, also serves the path. */
export function isShared(RED: NodeAPI, path: string): boolean {
	if (!hasRoutes(RED)) return false;
	const posts = stackOf(RED).filter(
		({ route }) => route?.methods?.['post'] && keyOf(String(route.path)) === keyOf(path),
	);
	return posts.length > 1;
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

/** The routes of Node-RED's app, to be changed in place: express has no call that takes one away. */
function stackOf({ httpNode }: NodeAPI): Layer[] {
	const { _router } = httpNode as unknown as { _router?: { stack: Layer[] } };
	return _router?.stack ?? [];
}
