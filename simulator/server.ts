import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FaultOf } from './fault-table';
import type { Page } from './page';
import type { Reply } from './reply';
import { ApiError, errorReply, json, text } from './reply';
import type { RequestLog } from './requests';
import { loggedBody, parseBody, readBody } from './requests';
import type { Context } from './routes/context';
import { contextOf, strike } from './routes/context';
import type { Route } from './routes/table';
import { findRoute } from './routes/table';
import type { World } from './world';

const SLOW_SUBMIT_MS = 2000;
const BOM = '\uFEFF';

/** How an exchange ends: with an answer, whole or cut short, a destroyed socket, or silence. */
type Ending = Reply | { cut: Reply } | 'destroy' | 'silence';

/** The parts of a simulator that the server needs. */
export interface Site {
	world: World;
	requests: RequestLog;
	routes: readonly Route[];
	page: Page;
	/** Whether a `Host` header names this server. */
	isOwnHost: (asked: string) => boolean;
	afterRequest: () => void;
}

export function createHttpServer(site: Site): Server {
	const closing = new AbortController();
	const server = createServer((request, response) => {
		exchange(site, request, response, closing.signal)
			.catch(async (error: unknown) => {
				// The client has disconnected, or close() ended a pause.
				if (response.destroyed || closing.signal.aborted) return void response.destroy();
				site.world.log(`error ${String(error)}`);
				if (response.headersSent) response.destroy();
				else await send(response, text(`The simulator failed: ${String(error)}`, 500), false);
			})
			.catch(() => response.destroy())
			.finally(site.afterRequest);
	});
	server.on('close', () => {
		closing.abort();
		site.world.faults.clear();
	});
	return server;
}

async function exchange(
	site: Site,
	request: IncomingMessage,
	response: ServerResponse,
	closing: AbortSignal,
): Promise<void> {
	const shown = await site.page(request);
	if (shown !== undefined) return send(response, shown, false);
	const { context, route } = readContext(site, request);
	site.requests.add(context.entry);
	const body = await readBody(request);
	if (body !== undefined) takeBody(context, body);
	const answer =
		body === undefined
			? () => text('<html><h1>413 Request Entity Too Large</h1></html>', 413, 'text/html')
			: () => carryOut(context, site, route);
	const ending = await decide(context, answer, closing);
	if (ending === 'silence') return;
	if (ending === 'destroy') {
		request.socket.destroy();
		return;
	}
	const cut = 'cut' in ending;
	const reply = cut ? ending.cut : ending;
	context.entry.status = reply.status;
	await send(response, reply, cut);
}

function readContext(
	{ world, routes }: Site,
	request: IncomingMessage,
): { context: Context; route: Route | undefined } {
	const { method = 'GET', url: path = '/' } = request;
	const url = new URL(URL.canParse(path, world.origin) ? path : '/', world.origin);
	const { route, params = {} } = findRoute(routes, method, url.pathname) ?? {};
	const { headers } = request;
	const call = { route: route?.name ?? 'unknown', method, path, url, headers, params };
	return { context: contextOf(world, call), route };
}

function takeBody(context: Context, raw: Buffer): void {
	const body = raw.toString('utf8');
	context.body = parseBody(body);
	context.entry.body = loggedBody(body, context.body);
}

/** The answer to a call, including active faults. */
async function decide(
	context: Context,
	answer: () => Reply | Promise<Reply>,
	closing: AbortSignal,
): Promise<Ending> {
	if (strike(context, 'reset')) return 'destroy';
	const instead = strike(context, 'answer');
	if (instead) return answerInstead(instead);
	const pause = async (ms: number) => {
		await context.world.faults.pause(ms);
		closing.throwIfAborted();
	};
	const stall = strike(context, 'stall');
	if (stall && !stall.accepted) {
		if (stall.ms === undefined) return 'silence';
		await pause(stall.ms);
	}
	const reply = await answer();
	if (strike(context, 'reset_after_accept')) return 'destroy';
	const slow = strike(context, 'slow_submit');
	if (slow) await pause(slow.ms ?? SLOW_SUBMIT_MS);
	if (stall?.accepted) {
		if (stall.ms === undefined) return 'silence';
		await pause(stall.ms);
	}
	if (strike(context, 'truncated_body')) return { cut: reply };
	const marked = typeof reply.body === 'string' && strike(context, 'utf8_bom');
	return marked ? { ...reply, body: BOM + String(reply.body) } : reply;
}

async function carryOut(context: Context, site: Site, route: Route | undefined): Promise<Reply> {
	const { world, headers, url, method } = context;
	try {
		// A website in the visitor's browser must not be able to run anything.
		if (!site.isOwnHost(headers.host ?? '')) throw new ApiError(403003, strangeHost(headers.host));
		if (!route?.open && headers.authorization !== `Bearer ${world.token}`) {
			if (route !== undefined || /^\/(prod|v1)\//.test(url.pathname)) {
				throw unauthorized(url.pathname);
			}
		}
		if (route !== undefined) return await route.handle(context);
		const known = site.routes.some(({ path }) => path.test(url.pathname));
		return known
			? json({ detail: `Method ${method} Not Allowed` }, 405)
			: json({ detail: 'Not Found' }, 404);
	} catch (error) {
		if (error instanceof ApiError) return errorReply(error);
		throw error;
	}
}

/** The usual cause is a client in a container, which reaches this machine by another name. */
const strangeHost = (asked = ''): string =>
	`The simulator does not know the name ${asked}. If clients are to use it, start the simulator with --public-url http://${asked}`;

async function send(response: ServerResponse, reply: Reply, cut: boolean): Promise<void> {
	const body = reply.body instanceof Readable ? reply.body : Buffer.from(reply.body);
	const length = body instanceof Readable ? {} : { 'content-length': String(body.length) };
	const headers: Record<string, string> = { ...length, ...reply.headers };
	response.writeHead(reply.status, headers);
	if (cut) await sendHalf(response, body, Number(headers['content-length']) >> 1);
	else if (body instanceof Readable) await pipeline(body, response);
	else response.end(body);
}

/** Sends the first `half` bytes and closes the connection. */
async function sendHalf(
	response: ServerResponse,
	body: Readable | Buffer,
	half: number,
): Promise<void> {
	let left = half;
	for await (const piece of body instanceof Readable ? body : [body]) {
		const part = (piece as Buffer).subarray(0, left);
		left -= part.length;
		await new Promise<unknown>((resolve) => response.write(part, resolve));
		if (left <= 0) break;
	}
	response.destroy();
}

/** Worded like the API that the path belongs to. */
const unauthorized = (pathname: string): ApiError =>
	pathname.startsWith('/v1/')
		? new ApiError(400004, 'UserAccountError: the token is missing, invalid or expired')
		: new ApiError(401001, 'Unauthorized: the token is missing, invalid or expired');

/** The answer of a fault that takes the place of the route's: JSON, or a text as it is. */
function answerInstead({ status = 200, body = '', headers }: FaultOf<'answer'>): Reply {
	const reply = typeof body === 'string' ? text(body, status) : json(body, status);
	return { ...reply, headers: { ...reply.headers, ...headers } };
}
