import { isPrivateHostname } from '../http/privateAddress';
import { tried } from '../json/objects';

/**
 * Why RunComfy cannot fetch a file, if its address is in the user's own network. Continues a sentence that starts with
 * the file's name.
 */
export function unreachable(address: string): string | undefined {
	if (!/^\s*https?:\/\//i.test(address)) return undefined;
	const url = tried(() => new URL(address.trim()));
	if (!url || !isPrivateHostname(url.hostname)) return undefined;
	return `is at ${url.origin}, which RunComfy’s machines cannot reach: give the file itself, or an address on the internet`;
}
