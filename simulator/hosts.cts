const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/**
 * Whether a `Host` header is an address of this server. On the loopback address, any other name is that of a
 * site which a visitor's browser takes for this machine.
 * @param listening what the server listens on
 * @param origins what clients know it by
 */
export const isOwnHost = (asked: string, listening: string, ...origins: string[]): boolean =>
	!isLoopback(listening) ||
	isLoopback(asked.replace(/:\d+$/, '')) ||
	origins.some((origin) => new URL(origin).host === asked);
