import { Readable } from 'node:stream';
import { findFile, isExpired } from '../files.cjs';
import { MIME_TYPES, padPng, render } from '../media/render.cjs';
import type { Reply } from '../reply.cjs';
import { ranged, text } from '../reply.cjs';
import type { OutputFile } from '../types.cjs';
import type { Context } from './context.cjs';
import { strike } from './context.cjs';

/** The default User-Agents of HTTP libraries; the real CDN refuses them. */
const DEFAULT_AGENT =
	/^(axios|node|undici|node-fetch|got|superagent|needle|python-requests|python-urllib|aiohttp|httpx|java|okhttp|go-http-client|libwww-perl)(\/|$)/i;

const refused = (status: number, code: string): Reply =>
	text(
		`<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code></Error>`,
		status,
		'application/xml; charset=UTF-8',
	);

/** The bytes of a file that is stored elsewhere. */
type Fetch = (file: OutputFile, range: string | undefined) => Promise<Reply>;

/** `GET /storage/deployment_requests/{request_id}/{output|temp}/{filename}` */
export function storage(context: Context, fetchFile?: Fetch): Reply | Promise<Reply> {
	const { world, headers, url } = context;
	const agent = (headers['user-agent'] ?? '').trim();
	if (headers.authorization !== undefined || agent === '' || DEFAULT_AGENT.test(agent)) {
		return refused(403, 'AccessDenied');
	}
	const found = findFile(world, url.pathname);
	if (found !== undefined) context.entry.requestId = found.job.requestId;
	if (found === undefined || isExpired(world, found.job)) return refused(404, 'NoSuchKey');
	const { job, file } = found;
	if (strike(context, 'storage_expired')) job.expiredBelow = job.signature + 1;
	const signature = Number(url.searchParams.get('X-Goog-Signature') ?? 0);
	if (signature < job.expiredBelow) return refused(403, 'ExpiredToken');
	const { spec } = file;
	if (spec === undefined) return fetchFile?.(file, headers.range) ?? refused(404, 'NoSuchKey');
	const bytes = render(spec);
	const type = MIME_TYPES[spec.media];
	const { outputBytes } = world;
	return spec.media === 'png' && outputBytes !== undefined
		? padded(bytes, type, outputBytes)
		: ranged(bytes, type, headers.range);
}

const padded = (png: Buffer, type: string, total: number): Reply => ({
	status: 200,
	headers: { 'content-type': type, 'content-length': String(Math.max(png.length, total)) },
	body: Readable.from(padPng(png, total), { objectMode: false }),
});
