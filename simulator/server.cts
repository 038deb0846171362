import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from './page/serve.cjs';
import type { Reply } from './reply.cjs';
import { ApiError, errorReply, json, text } from './reply.cjs';
import type { RequestLog } from './requests.cjs';
import { loggedBody, parseBody, readBody } from './requests.cjs';
import type { Context } from './routes/context.cjs';
import { strike } from './routes/context.cjs';
import { findEndpoint } from './routes/endpoints.cjs';
import type { Route } from './routes/table.cjs';
import { answerInstead, unauthorized } from './transport-faults.cjs';
import type { LoggedRequest } from './types.cjs';
import type { World } from './world.cjs';

const SLOW_SUBMIT_MS = 2000;
const BOM = '\uFEFF';

/** How one exchange ends: with an answer, whole or cut short, a dead socket, or silence. */
type Ending = Reply | { cut: Reply } | 'destroy' | 'silence';

/** The routes and the page that one port serves. */
export interface Site {
	routes: readonly Route[];
	page?: Page;
	/** The origin by which clients know it at the moment. */
	origin: () => string;
	/** Set if it only answers at its own address: whether a `Host` header names it. */
	isOwnHost?: (asked: string) => boolean;
}

export function createHttpServer(
	world: World,
	log: RequestLog,
	site: Site,
	afterRequest: () => void,
): Server {
	const closing = new AbortController();
	const server = createServer((request, response) => {
		exchange(world, log, site, request, response, closing.signal)
			.catch(async (error: unknown) => {
				// The client went away, or close() ended a pause: no client is left to answer.
				if (response.destroyed || closing.signal.aborted) return void response.destroy();
				world.log(`error ${String(error)}`);
				if (response.headersSent) response.destroy();
				else await send(response, text(`The simulator failed: ${String(error)}`, 500), false);
			})
			.catch(() => response.destroy())
			.finally(afterRequest);
	});
	server.on('close', () => closing.abort());
	return server;
}

async function exchange(
	world: World,
	log: RequestLog,
	site: Site,
	request: IncomingMessage,
	response: ServerResponse,
	closing: AbortSignal,
): Promise<void> {
	const shown = await site.page?.(request);
	if (shown !== undefined) return send(response, shown, false);
	const { context, route } = readContext(world, site, request);
	log.add(context.entry);
	const body = await readBody(request);
	if (body !== undefined) takeBody(context, body);
	const ending = await decide(context, site, route, body === undefined, closing);
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
	world: World,
	site: Site,
	request: IncomingMessage,
): { context: Context; route: Route | undefined } {
	const { method = 'GET', url: path = '/' } = request;
	const origin = site.origin();
	const url = new URL(URL.canParse(path, origin) ? path : '/', origin);
	const found = findEndpoint(site.routes, method, url.pathname);
	const route = found?.endpoint.name ?? 'unknown';
	const { requestId, deploymentId, modelId } = found?.params ?? {};
	const { authorization, ...headers } = request.headers;
	const entry: LoggedRequest = {
		at: world.now(),
		method,
		path,
		route,
		...(requestId !== undefined && { requestId }),
		...(deploymentId !== undefined && { deploymentId }),
		...(modelId !== undefined && { modelId }),
		status: 0,
		faults: [],
		authorized: authorization !== undefined,
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
		),
		body: undefined,
	};
	const params = found?.params ?? {};
	const context = { world, route, method, url, headers: request.headers, params, entry };
	const empty = { body: undefined, raw: Buffer.alloc(0) };
	return { context: { ...context, ...empty }, route: found?.endpoint };
}

function takeBody(context: Context, raw: Buffer): void {
	context.raw = raw;
	if (/^multipart\//i.test(context.headers['content-type'] ?? '')) {
		context.entry.body = `a form of ${raw.length} bytes`;
		return;
	}
	const body = raw.toString('utf8');
	context.body = parseBody(body);
	context.entry.body = loggedBody(body, context.body);
}

async function decide(
	context: Context,
	site: Site,
	route: Route | undefined,
	tooLarge: boolean,
	closing: AbortSignal,
): Promise<Ending> {
	if (strike(context, 'reset')) return 'destroy';
	const instead = answerInstead(context);
	if (instead) return instead;
	const stall = strike(context, 'stall');
	if (stall && !stall.accepted) {
		if (stall.ms === undefined) return 'silence';
		await sleep(stall.ms, undefined, { signal: closing });
	}
	if (tooLarge) return text('<html><h1>413 Request Entity Too Large</h1></html>', 413, 'text/html');
	const reply = await carryOut(context, site, route);
	if (strike(context, 'reset_after_accept')) return 'destroy';
	const slow = strike(context, 'slow_submit');
	if (slow) await sleep(slow.ms ?? SLOW_SUBMIT_MS, undefined, { signal: closing });
	if (stall?.accepted) {
		if (stall.ms === undefined) return 'silence';
		await sleep(stall.ms, undefined, { signal: closing });
	}
	if (strike(context, 'truncated_body', 'storage_truncated')) return { cut: reply };
	const marked = typeof reply.body === 'string' && strike(context, 'utf8_bom');
	return marked ? { ...reply, body: BOM + String(reply.body) } : reply;
}

async function carryOut(context: Context, site: Site, route: Route | undefined): Promise<Reply> {
	const { world, headers, url, method } = context;
	try {
		if (site.isOwnHost?.(headers.host ?? '') === false) {
			throw new ApiError(403003, strangeHost(headers.host));
		}
		if (!route?.open && headers.authorization !== `Bearer ${world.token}`) {
			if (route !== undefined || /^\/(prod|v1)\//.test(url.pathname))
				throw unauthorized(url.pathname);
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

/** A client in a container calls this machine by another name. */
const strangeHost = (asked = ''): string =>
	`The simulator does not know the name ${asked}. If clients are to use it, start the simulator with --public-url http://${asked}`;

async function send(response: ServerResponse, reply: Reply, cut: boolean): Promise<void> {
	const body = reply.body instanceof Readable ? reply.body : Buffer.from(reply.body);
	const length = body instanceof Readable ? {} : { 'content-length': String(body.length) };
	const headers: Record<string, string> = { ...length, ...reply.headers };
	response.writeHead(reply.status, headers);
	if (cut) await sendHalf(response, body, Number(headers['content-length']) >> 1);
	else if (response.req.method === 'HEAD') {
		if (body instanceof Readable) body.destroy();
		response.end();
	} else if (body instanceof Readable) await pipeline(body, response);
	else response.end(body);
}

/** The first `half` bytes, then the end of the connection. */
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
