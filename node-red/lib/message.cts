import type { NodeMessage } from 'node-red';
import type { NodeError } from './errors.cjs';

/** What every message of ours carries besides the payload. */
export interface MessageFacts {
	requestId?: string;
	deploymentId?: string;
	/** The request's state, or the outcome of a cancel. */
	status?: string;
	/** The rest: raw answer, timings, warnings, files. */
	runcomfy?: Record<string, unknown>;
}

/** Sets the facts on the incoming message, so that what came with it (`topic`, `req`) stays. */
export function setFacts(msg: NodeMessage, facts: MessageFacts): void {
	for (const [name, value] of Object.entries(facts)) {
		if (value !== undefined) msg[name] = value;
	}
}

const STATUS_OF_CODE: Readonly<Record<string, string>> = {
	run_failed: 'failed',
	run_canceled: 'canceled',
};

/** What an error tells of the request: a Catch flow can go on with its id. */
export function setErrorFacts(msg: NodeMessage, { code, cause }: NodeError): void {
	const { requestId, deploymentId } = cause;
	const status = STATUS_OF_CODE[code];
	try {
		setFacts(msg, {
			...(typeof requestId === 'string' ? { requestId } : {}),
			...(typeof deploymentId === 'string' ? { deploymentId } : {}),
			...(status === undefined ? {} : { status }),
		});
	} catch {
		// A message that refuses properties still gets its error.
	}
}
