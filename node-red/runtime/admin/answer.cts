import { CODES, redact, RunComfyError, toRunComfyError } from '../../../core/index.js';

/** What is read of an editor's HTTP request; Node-RED has parsed its body. */
export interface EditorRequest {
	method: string;
	query: object;
	body?: unknown;
	is(type: string): unknown;
}

export interface EditorResponse {
	readonly headersSent: boolean;
	status(code: number): EditorResponse;
	json(body: unknown): unknown;
	on(event: 'close', listener: () => void): unknown;
}

/** The work for one request. `secrets` takes every token that must not appear in the answer. */
export type Answerer = (
	request: EditorRequest,
	context: { signal: AbortSignal; secrets: string[] },
) => Promise<unknown>;

/** Milliseconds that a person waits for a list or a check. */
const LIMIT_MS = 20_000;

/**
 * An HTTP handler that answers with JSON: what `work` resolves with, or `{ code, message, hint }` of
 * its error. Ends the work when it takes too long or the editor has gone; never throws.
 */
export function answering(work: Answerer): (req: EditorRequest, res: EditorResponse) => void {
	return (req, res) => {
		const gone = new AbortController();
		res.on('close', () => gone.abort());
		const limit = AbortSignal.timeout(LIMIT_MS);
		const secrets: string[] = [];
		const signal = AbortSignal.any([gone.signal, limit]);
		const send = (status: number, body: unknown) => {
			if (!res.headersSent && !gone.signal.aborted) res.status(status).json(body);
		};
		Promise.resolve()
			.then(() => work(req, { signal, secrets }))
			.then((answer) => send(200, answer))
			.catch((thrown: unknown) => {
				const error = toRunComfyError(limit.aborted ? LATE : thrown, 'bad_response');
				const message = redact(error.message, secrets);
				const hint = redact(error.hint, secrets);
				send(CODES[error.code].adminStatus, { code: error.code, message, hint });
			})
			// The connection broke while the answer was written, so no answer can be sent.
			.catch(() => undefined);
	};
}

const LATE = new RunComfyError('timed_out', `RunComfy did not answer within ${LIMIT_MS / 1000} s`, {
	hint: 'Check the base URL and the network, then try again.',
});
