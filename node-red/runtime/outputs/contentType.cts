import type { NodeMessage } from 'node-red';

/** With it an *http request* node marks headers that came to it with an answer. */
const MARK_OF_AN_ANSWER = 'x-node-red-request-node';

/**
 * Sets what an *http response* node needs to send a file: its type, in `msg.headers`. Headers that the
 * flow has set stay; those of an answer that it has fetched go, since *http response*, too, drops them
 * where nobody has changed them.
 */
export function setContentType(msg: NodeMessage, mimeType: string): void {
	try {
		msg['headers'] = { ...withoutType(msg['headers']), 'content-type': mimeType };
	} catch {
		// A message that does not take them must not cost a request that is paid for.
	}
}

function withoutType(headers: unknown): object {
	if (typeof headers !== 'object' || headers === null || MARK_OF_AN_ANSWER in headers) return {};
	return Object.fromEntries(
		Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type'),
	);
}
