import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Callback, parseJson, secretIn, toCallback } from '../../../core/index.js';

/** Bytes of a callback, which holds the texts and addresses of a result. As much as `http in` takes. */
const MAX_BYTES = 5 * 1024 * 1024;

/** A request that is refused, with the HTTP status that says why. */
export class Refusal extends Error {
	constructor(readonly httpStatus: 400 | 403 | 413) {
		super(`HTTP ${httpStatus}`);
	}
}

/** The header that may carry the secret instead of the query parameter `secret`. */
const SECRET_HEADER = 'x-runcomfy-secret';

/** @throws Refusal 403 unless the request brings the secret; an empty one is never right. */
export function checkSecret({ url, headers }: IncomingMessage, secret: string): void {
	const header = headers[SECRET_HEADER];
	const given = typeof header === 'string' ? header : secretIn(url);
	// Digests have one length, so that the time tells nothing of where two texts differ.
	const digest = (text: string) => createHash('sha256').update(text).digest();
	const same = timingSafeEqual(digest(given ?? ''), digest(secret));
	if (!same || secret === '') throw new Refusal(403);
}

/**
 * Reads a callback, also where an app around Node-RED has parsed the body before.
 * @throws Refusal 400, 413; whatever the socket throws when it breaks
 */
export async function readCallback(
	request: IncomingMessage & { body?: unknown },
): Promise<Callback> {
	const parsed = request.readableEnded || !isUnread(request.body);
	const body = parsed ? fromText(request.body) : fromText(await readBytes(request));
	try {
		return toCallback(request.url, body);
	} catch {
		throw new Refusal(400);
	}
}

/** Whether that is what a parser leaves of a body whose content type is not its own: an empty object. */
function isUnread(body: unknown): boolean {
	if (typeof body !== 'object' || body === null) return body === undefined;
	return Object.getPrototypeOf(body) === Object.prototype && Object.keys(body).length === 0;
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		request.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			// What comes after that is read past: a sender that is cut off would not see the answer.
			if (bytes > MAX_BYTES) reject(new Refusal(413));
			else chunks.push(chunk);
		});
		request.on('end', () => resolve(Buffer.concat(chunks)));
		request.on('error', reject);
		request.on('close', () => reject(new Error('The sender went away')));
	});
}

function fromText(body: unknown): unknown {
	if (typeof body !== 'string' && !Buffer.isBuffer(body)) return body;
	try {
		return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body)));
	} catch {
		throw new Refusal(400);
	}
}
