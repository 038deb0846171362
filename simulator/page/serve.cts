import type { IncomingMessage } from 'node:http';
import type { Reply } from '../reply.cjs';
import { ApiError, errorReply, json } from '../reply.cjs';
import { parseBody, readBody } from '../requests.cjs';
import { ACTIONS } from './actions.cjs';
import { asset, SAFE_HEADERS } from './assets.cjs';
import type { Scene } from './state.cjs';

/** Answers the page's own requests; undefined for everything else, which the API answers. */
export type Page = (request: IncomingMessage) => Promise<Reply | undefined>;

interface PageOptions {
	/** What the server listens on. */
	host: string;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

export function createPage(scene: Scene, { host }: PageOptions): Page {
	return async (request) => {
		const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
		const { pathname, searchParams } = urlOf(request);
		const home = pathname === '/' && method === 'GET';
		if (!home && !pathname.startsWith('/simulator/')) return undefined;
		const reply = isTrusted(request, host, scene.world.origin)
			? await answer(scene, request, method, pathname, searchParams)
			: refused(403, 'This page only answers at its own address.');
		return { ...reply, headers: { ...SAFE_HEADERS, ...reply.headers } };
	};
}

const urlOf = ({ url = '/' }: IncomingMessage): URL =>
	new URL(URL.canParse(url, 'http://page') ? url : '/unreadable', 'http://page');

const refused = (status: number, message: string): Reply => json({ message }, status);

/**
 * No other site may read or change anything through the visitor's browser, neither with a host name of
 * its own that points to this machine, nor with a form.
 */
function isTrusted({ headers, method }: IncomingMessage, host: string, origin: string): boolean {
	const asked = headers.host ?? '';
	const own = asked === new URL(origin).host;
	if (!own && LOOPBACK.test(host) && !LOOPBACK.test(asked.replace(/:\d+$/, ''))) return false;
	if (method === 'GET' || method === 'HEAD') return true;
	const from = headers.origin;
	if (from !== undefined && (!URL.canParse(from) || new URL(from).host !== asked)) return false;
	return /^application\/json\b/.test(headers['content-type'] ?? '');
}

async function answer(
	scene: Scene,
	request: IncomingMessage,
	method: string,
	pathname: string,
	query: URLSearchParams,
): Promise<Reply> {
	const found = method === 'GET' ? asset(pathname) : undefined;
	if (found !== undefined) return found;
	const text = await readBody(request);
	try {
		for (const action of ACTIONS) {
			const match = action.method === method ? action.path.exec(pathname) : null;
			if (match === null) continue;
			const params = { ...match.groups };
			const { range } = request.headers;
			const body = parseBody(text ?? '');
			const reply = action.handle({ scene, params, query, range, body });
			return { ...reply, headers: { 'cache-control': 'no-store', ...reply.headers } };
		}
	} catch (error) {
		if (error instanceof ApiError) return errorReply(error);
		if (error instanceof RangeError) return refused(400, error.message);
		throw error;
	}
	return refused(404, 'The page has nothing at this address.');
}
