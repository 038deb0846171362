import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reply } from '../reply.cjs';

/** Nothing from elsewhere, no inline script or style, no frame around it, no form that leaves it. */
const POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self'",
	"media-src 'self'",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
].join('; ');

/** Headers of every answer that the page gets. */
export const SAFE_HEADERS = {
	'content-security-policy': POLICY,
	'cross-origin-resource-policy': 'same-origin',
	'referrer-policy': 'no-referrer',
	'x-content-type-options': 'nosniff',
};

const parts = (ending: string, type: string, ...names: string[]) =>
	Object.fromEntries(
		names.map((name) => [`/simulator/${name}.${ending}`, [`${name}.${ending}`, type] as const]),
	);

/** By path: the file beside this one, and its type. */
const ASSETS: Record<string, readonly [file: string, type: string]> = {
	'/': ['index.html', 'text/html; charset=utf-8'],
	'/simulator/icon.svg': ['icon.svg', 'image/svg+xml'],
	...parts('css', 'text/css; charset=utf-8', 'page', 'requests', 'panels', 'narrow'),
	...parts(
		'mjs',
		'text/javascript; charset=utf-8',
		'page',
		'dom',
		'list',
		'requests',
		'faults',
		'tables',
	),
};

/** A file of the page, undefined if none has this path. */
export function asset(pathname: string): Reply | undefined {
	const found = Object.hasOwn(ASSETS, pathname) ? ASSETS[pathname] : undefined;
	if (found === undefined) return undefined;
	const [file, type] = found;
	return {
		status: 200,
		headers: { 'content-type': type, 'cache-control': 'no-cache' },
		body: readFileSync(join(__dirname, file)),
	};
}
