import { isPrivateHostname } from '../http/privateAddress';

/**
 * Why RunComfy cannot fetch a file, if its address, or one in a list, is in the user's own network. Continues a
 * sentence that starts with the file's name.
 */
export function unreachable(value: unknown): string | undefined {
	const found = (Array.isArray(value) ? value : [value]).map(privateOrigin);
	const origin = found.find((one) => one !== undefined);
	return (
		origin &&
		`is at ${origin}, which RunComfy’s machines cannot reach: give the file itself, or an address on the internet`
	);
}

function privateOrigin(value: unknown): string | undefined {
	if (typeof value !== 'string' || !/^\s*https?:\/\//i.test(value)) return undefined;
	const url = URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
	return url && isPrivateHostname(url.hostname) ? url.origin : undefined;
}
