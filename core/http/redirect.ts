import type { HttpRequest } from '../host';
import { refusePrivate } from './privateAddress';

const MAX_REDIRECTS = 5;

/** How a host speaks with its HTTP library, which must not follow redirects by itself. */
export interface Hops<Answer> {
	send: (url: string) => Promise<Answer>;
	read: (answer: Answer) => { status: number; location: string | undefined };
	/** Drops the body of an answer that nobody reads. */
	drop: (answer: Answer) => void | Promise<void>;
}

/**
 * Makes one exchange and follows its redirects: none if it carries the token, and never to a private
 * address if only public ones are allowed.
 * @throws Error with the code `ERR_PRIVATE_ADDRESS`
 */
export async function followRedirects<Answer>(
	request: Pick<HttpRequest, 'url' | 'authenticate' | 'publicOnly'>,
	{ send, read, drop }: Hops<Answer>,
): Promise<Answer> {
	let { url } = request;
	for (let redirects = 0; ; redirects += 1) {
		if (request.publicOnly) refusePrivate(url);
		const answer = await send(url);
		const { status, location } = read(answer);
		const next = request.authenticate ? undefined : targetOf(status, location, url);
		if (next === undefined || redirects === MAX_REDIRECTS) return answer;
		await drop(answer);
		url = next;
	}
}

function targetOf(status: number, location: string | undefined, from: string): string | undefined {
	if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
	if (!URL.canParse(location, from)) return undefined;
	const target = new URL(location, from);
	return /^https?:$/.test(target.protocol) ? target.href : undefined;
}
