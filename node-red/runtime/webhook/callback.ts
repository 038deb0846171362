import type { IncomingMessage } from 'node:http';
import {
	bringsSecret,
	type Callback,
	CallbackCheck,
	getResult,
	parseJson,
	Recent,
	type RequestRef,
	type ResultAnswer,
	type RunComfyError,
	toCallback,
} from '../../../core';
import type { Connection } from '../account/config';
import { CLOCK } from '../account/host';
import type { Journal } from '../journal/journal';
import { submitsAnswered, wakeRuns } from '../runs/run';
import { perRuntime } from '../runtime';

/** Size limit in bytes, the same as for `http in`: a callback contains the texts and URLs of a result. */
const MAX_BYTES = 5 * 1024 * 1024;

export class Refusal extends Error {
	constructor(readonly httpStatus: 400 | 403 | 413) {
		super(`HTTP ${httpStatus}`);
	}
}

/** Header for the secret, as an alternative to the query parameter `secret`. */
const SECRET_HEADER = 'x-runcomfy-secret';

/** @throws Refusal 403 unless the request carries the secret; an empty secret matches nothing. */
export function checkSecret({ url, headers }: IncomingMessage, secret: string): void {
	const header = headers[SECRET_HEADER];
	const given = typeof header === 'string' ? header : undefined;
	if (secret === '' || !bringsSecret(url, secret, given)) throw new Refusal(403);
}

/**
 * Reads a callback, even if an app around Node-RED has already parsed the body.
 * @throws Refusal 400, 413; socket errors
 */
export async function readCallback(
	request: IncomingMessage & { body?: unknown },
): Promise<Callback> {
	const parsed = request.readableEnded || !isUnread(request.body);
	const body = parsed
		? parseCallback(request.body)
		: parseCallback(await readCallbackBody(request));
	const callback = toCallback(request.url, body);
	if (!callback) throw new Refusal(400);
	return callback;
}

/** Whether a body parser has skipped this content type, which leaves an empty object. */
function isUnread(body: unknown): boolean {
	if (typeof body !== 'object' || body === null) return body === undefined;
	return Object.getPrototypeOf(body) === Object.prototype && Object.keys(body).length === 0;
}

function readCallbackBody(request: IncomingMessage): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		request.on('data', (chunk: Buffer) => {
			bytes += chunk.length;
			// Reads and drops the rest: a sender that is cut off would not see the answer.
			if (bytes > MAX_BYTES) reject(new Refusal(413));
			else chunks.push(chunk);
		});
		request.on('end', () => resolve(Buffer.concat(chunks)));
		request.on('error', reject);
		request.on('close', () => reject(new Error('The sender disconnected')));
	});
}

function parseCallback(body: unknown): unknown {
	if (typeof body !== 'string' && !Buffer.isBuffer(body)) return body;
	try {
		return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body)));
	} catch {
		throw new Refusal(400);
	}
}

export interface CallbackCheckOptions {
	nodeId: string;
	/** @throws RunComfyError if the account is unusable */
	connect(): Connection;
	/**
	 * Accepts a result read from RunComfy.
	 * @returns a function to call once the event is recorded as delivered, which sends the message; undefined if the
	 * node has closed
	 */
	accept(callback: Callback, result: ResultAnswer): Promise<(() => void) | undefined>;
	/** Stores delivered events across restarts. */
	journal: Journal;
	/** Called if a callback could not be verified, once per kind of error. */
	onTrouble(ref: RequestRef, error: RunComfyError): void;
}

/** Events remembered per node, so that each is passed on only once. */
const REMEMBERED = 10_000;

/** Keyed by node id, so that a deploy does not make old callbacks look new. */
const delivered = perRuntime(() => new Map<string, Recent<string, number>>());

/** Call this when a node is deleted. */
export function forgetCallbacks(nodeId: string): void {
	delivered().delete(nodeId);
}

/** Handles the callbacks of one node. */
export function createCallbackCheck(options: CallbackCheckOptions) {
	const { nodeId, journal, onTrouble } = options;
	const recent = delivered().get(nodeId) ?? new Recent<string, number>(REMEMBERED);
	delivered().set(nodeId, recent);
	const checks = new CallbackCheck(recent, CLOCK);
	const recalled = journal.opened().then(() => {
		const underWay = journal.live(nodeId).flatMap(({ receipt }) => receipt.ids.requestId ?? []);
		for (const event of [...journal.deliveredBy(nodeId), ...underWay]) {
			recent.set(event, CLOCK.now());
		}
	});

	return async (callback: Callback) => {
		await recalled;
		return checks.check(callback, {
			readResult: (ref, signal) => getResult(options.connect().client, ref, { signal }),
			async take({ ref }, result, patience) {
				// A short run may call back before its submit has been answered.
				if (!(await settlesBefore(submitsAnswered(ref.deploymentId), patience))) return 'again';
				if (wakeRuns(ref.requestId)) return 'others';
				const handOn = await options.accept(callback, result);
				if (!handOn) return 'again';
				journal.delivered(nodeId, ref.requestId);
				handOn();
				return 'taken';
			},
			onTrouble,
		});
	};
}

function settlesBefore(work: Promise<unknown>, patience: AbortSignal): Promise<boolean> {
	return new Promise((resolve) => {
		if (patience.aborted) resolve(false);
		patience.addEventListener('abort', () => resolve(false), { once: true });
		void work.then(() => resolve(true));
	});
}
