import type { HttpRequest } from '../host';
import { trimEnd } from '../text';

/** Error code for an address that must not be fetched. */
export const PRIVATE_ADDRESS = 'ERR_PRIVATE_ADDRESS';

/** The error for a server whose hostname, or one of whose resolved addresses, is private. */
export function privateAddressError(hostname: string, addresses = [hostname]): Error | undefined {
	if (!addresses.some(isPrivateHostname)) return undefined;
	return Object.assign(new Error(`${hostname} is on a private network`), { code: PRIVATE_ADDRESS });
}

/**
 * Whether a hostname, as written in a URL or returned by a name server, is this machine or on its network: loopback,
 * private, link-local and similar ranges, also IPv4 embedded in IPv6. Other names count only if they cannot exist on
 * the internet. What they resolve to is checked when the host connects, if the host can.
 */
export function isPrivateHostname(hostname: string): boolean {
	const [withoutZone = ''] = hostname.replace(/^\[|\]$/g, '').split('%');
	const name = trimEnd(withoutZone.toLowerCase(), /\./);
	if (name.includes(':')) return isPrivateV6(name);
	if (name !== '' && !/[^\d.]/.test(name)) {
		const [first = 0, second = 0] = name.split('.').map(Number);
		return isPrivateV4(first * 256 + second);
	}
	return name !== '' && (!name.includes('.') || PRIVATE_NAME.test(name));
}

/** From RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation for private use. */
const PRIVATE_NAME = /\.(?:localhost|local|internal|home\.arpa)$/;

/** Non-public ranges, by the first two bytes of the address (IANA's special-purpose registry). */
const PRIVATE_V4: ReadonlyArray<readonly [from: number, to: number]> = [
	[0x0000, 0x00ff],
	[0x0a00, 0x0aff],
	// 100.64.0.0/10: shared by providers and their customers.
	[0x6440, 0x647f],
	[0x7f00, 0x7fff],
	// 169.254.0.0/16: link-local, where clouds serve their metadata.
	[0xa9fe, 0xa9fe],
	[0xac10, 0xac1f],
	[0xc0a8, 0xc0a8],
	// Multicast and reserved ranges. Excludes 198.18.0.0/15, which local proxies assign to every name.
	[0xe000, 0xffff],
];

function isPrivateV4(start: number): boolean {
	return PRIVATE_V4.some(([from, to]) => start >= from && start <= to);
}

/** Public are only 2000::/3, and addresses that stand for a public IPv4 one: of transition technologies, mapped, NAT64. */
function isPrivateV6(address: string): boolean {
	const groups = ipv6Groups(address);
	const [first = 0, second = 0] = groups;
	const v4At = (index: number) => isPrivateV4(groups[index] ?? 0);
	// 6to4, and Teredo, a tunnel whose end is hidden in the address.
	if (first === 0x2002) return v4At(1);
	if (first === 0x2001 && second === 0) return true;
	if (first >= 0x2000 && first <= 0x3fff) return false;
	const prefix = groups.slice(0, 6).join(' ');
	return !STANDS_FOR_V4.has(prefix) || v4At(6);
}

/** ::ffff:0:0/96 and 64:ff9b::/96. */
const STANDS_FOR_V4 = new Set(['0 0 0 0 0 65535', `${0x64} ${0xff9b} 0 0 0 0`]);

/** The eight numbers of an IPv6 address. */
function ipv6Groups(address: string): number[] {
	// `URL` converts a dotted ending, as in ::ffff:10.0.0.1, to two groups.
	const { hostname } = new URL(`http://[${address}]`);
	const [head = '', tail] = hostname.slice(1, -1).split('::');
	const read = (part: string) =>
		(part === '' ? [] : part.split(':')).map((one) => parseInt(one, 16));
	const [before, after] = [read(head), read(tail ?? '')];
	return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const MAX_REDIRECTS = 5;

/** How to use the host's HTTP library, which must not follow redirects by itself. */
export interface Hops<Answer> {
	send: (url: string) => Promise<Answer>;
	read: (answer: Answer) => { status: number; location: string | undefined };
	/** Discards the body of an answer that is not read. */
	drop: (answer: Answer) => void | Promise<void>;
}

/**
 * Follows redirects, but only of a GET without the token: other calls are meant only for their own address. With
 * `publicOnly`, never follows one to a private address. @throws Error with the code `ERR_PRIVATE_ADDRESS`
 */
export async function followRedirects<Answer>(
	request: Pick<HttpRequest, 'method' | 'url' | 'authenticate' | 'publicOnly'>,
	{ send, read, drop }: Hops<Answer>,
): Promise<Answer> {
	let { url } = request;
	const follows = request.method === 'GET' && !request.authenticate;
	for (let redirects = 0; ; redirects += 1) {
		const { hostname } = new URL(url);
		const refused = request.publicOnly && privateAddressError(hostname);
		if (refused) throw refused;
		const answer = await send(url);
		const { status, location } = read(answer);
		const next = follows ? redirectOf(status, location, url) : undefined;
		if (next === undefined || redirects === MAX_REDIRECTS) return answer;
		await drop(answer);
		url = next;
	}
}

function redirectOf(
	status: number,
	location: string | undefined,
	from: string,
): string | undefined {
	if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
	if (!URL.canParse(location, from)) return undefined;
	const url = new URL(location, from);
	return /^https?:$/.test(url.protocol) ? url.href : undefined;
}
