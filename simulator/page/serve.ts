import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Reply } from '../reply';
import { ApiError, errorReply, json } from '../reply';
import { isOwnHost, parseBody, readBody } from '../requests';
import { findEndpoint } from '../routes/endpoints';
import { ACTIONS } from './actions';
import type { Scene } from './state';

/**
 * The page loads nothing from other sites, has no inline script or style, and cannot be framed; its forms submit only
 * to itself.
 */
const POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self'",
	"media-src 'self'",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

/** Headers of every answer to the page. */
const SAFE_HEADERS = {
	'content-security-policy': POLICY,
	'cross-origin-resource-policy': 'same-origin',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
};

/** Answers requests of the page; undefined for all others, which are calls to the API. */
export type Page = (request: IncomingMessage) => Promise<Reply | undefined>;

/** @param host that the server listens on */
export function createPage(scene: Scene, host: string): Page {
	return async (request) => {
		const { method = 'GET' } = request;
		const { pathname } = urlOf(request);
		const home = pathname === '/' && method === 'GET';
		if (!home && !pathname.startsWith('/simulator/')) return undefined;
		const reply = isTrusted(request, host, scene.world.origin)
			? await answer(scene, request, method, pathname)
			: refused(403, 'This page only answers at its own address.');
		return { ...reply, headers: { ...SAFE_HEADERS, ...reply.headers } };
	};
}

const urlOf = ({ url = '/' }: IncomingMessage): URL =>
	new URL(URL.canParse(url, 'http://page') ? url : '/unreadable', 'http://page');

const refused = (status: number, message: string): Reply => json({ message }, status);

/**
 * Keeps other sites from reading or changing anything through the visitor's browser, whether by a host name that points
 * to this machine (DNS rebinding) or by a form.
 */
function isTrusted({ headers, method }: IncomingMessage, host: string, origin: string): boolean {
	const asked = headers.host ?? '';
	if (!isOwnHost(asked, host, origin)) return false;
	if (method === 'GET') return true;
	const from = headers.origin;
	if (from !== undefined && (!URL.canParse(from) || new URL(from).host !== asked)) return false;
	return /^application\/json\b/.test(headers['content-type'] ?? '');
}

async function answer(
	scene: Scene,
	request: IncomingMessage,
	method: string,
	pathname: string,
): Promise<Reply> {
	const found = method === 'GET' ? asset(pathname) : undefined;
	if (found !== undefined) return found;
	const text = (await readBody(request))?.toString('utf8');
	try {
		const action = findEndpoint(ACTIONS, method, pathname);
		if (action !== undefined) {
			const { range } = request.headers;
			const body = parseBody(text ?? '');
			const { endpoint, params } = action;
			const reply = await endpoint.handle({ scene, params, range, body });
			return { ...reply, headers: { 'cache-control': 'no-store', ...reply.headers } };
		}
	} catch (error) {
		if (error instanceof ApiError) return errorReply(error);
		if (error instanceof RangeError) return refused(400, error.message);
		throw error;
	}
	return refused(404, 'The page has nothing at this address.');
}

const TYPES: Record<string, string> = {
	html: 'text/html; charset=utf-8',
	css: 'text/css; charset=utf-8',
	mjs: 'text/javascript; charset=utf-8',
	svg: 'image/svg+xml',
};

/** Serves a file from this folder; undefined if none has this path. */
function asset(pathname: string): Reply | undefined {
	const name = pathname === '/' ? 'index.html' : pathname.slice('/simulator/'.length);
	const type = /^[a-z]+\.(?<ending>\w+)$/.exec(name)?.groups?.['ending'] ?? '';
	const file = join(__dirname, name);
	if (!Object.hasOwn(TYPES, type) || !existsSync(file)) return undefined;
	return {
		status: 200,
		headers: { 'content-type': TYPES[type] ?? '', 'cache-control': 'no-cache' },
		body: readFileSync(file),
	};
}
