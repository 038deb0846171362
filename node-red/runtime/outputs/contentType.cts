import type { NodeMessage } from 'node-red';
import { trySet } from '../node/message.cjs';

/** With it an *http request* node marks headers that came to it with an answer. */
const MARK_OF_AN_ANSWER = 'x-node-red-request-node';

/**
 * Sets what an *http response* node needs to send a file: its type, in `msg.headers`, and what keeps a
 * browser from running it. Headers that the flow has set stay; those of an answer that it has fetched go, since *http response*, too, drops them
 * where nobody has changed them.
 */
export function setContentType(msg: NodeMessage, mimeType: string): void {
	const own = { 'content-type': mimeType, ...(isInert(mimeType) ? {} : GUARD) };
	trySet(msg, 'headers', () => ({ ...without(own, msg['headers']), ...own }));
}

/**
 * What a browser shows without running anything in it. Any other file, such as a web page or an SVG, may
 * hold a script of a stranger, which would run where the editor runs, with its login.
 */
function isInert(mimeType: string): boolean {
	const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
	return /^(?:image|video|audio|font)\/[\w.+-]+$/.test(type) && !/xml/.test(type);
}

/** The page gets an origin of its own, and what it is called is not guessed at. */
const GUARD = { 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' };

function without(own: object, headers: unknown): object {
	if (typeof headers !== 'object' || headers === null || MARK_OF_AN_ANSWER in headers) return {};
	return Object.fromEntries(
		Object.entries(headers).filter(([name]) => !(name.toLowerCase() in own)),
	);
}
