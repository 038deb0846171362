import { Readable } from 'node:stream';
import { findFile, isExpired } from '../files.cjs';
import { paddedLength, padPng } from '../media/png.cjs';
import { MIME_TYPES, render } from '../media/render.cjs';
import type { Reply } from '../reply.cjs';
import { ranged, text } from '../reply.cjs';
import type { MediaSpec, OutputFile } from '../types.cjs';
import type { Context } from './context.cjs';
import { strike } from './context.cjs';

/** The default User-Agents of HTTP libraries; the real CDN refuses them. */
const DEFAULT_AGENT =
	/^(axios|node|undici|node-fetch|got|superagent|needle|python-requests|python-urllib|aiohttp|httpx|java|okhttp|go-http-client|libwww-perl)(\/|$)/i;

const STORAGE_FAULTS = [
	'storage_forbidden',
	'storage_not_found',
	'storage_redirect',
	'storage_expired',
	'zero_byte_download',
] as const;

const refused = (status: number, code: string): Reply =>
	text(
		`<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code></Error>`,
		status,
		'application/xml; charset=UTF-8',
	);
const forbidden = (): Reply => refused(403, 'AccessDenied');

/** The bytes of a file that is stored elsewhere. */
type Fetch = (file: OutputFile, range: string | undefined) => Promise<Reply>;

/** `GET /storage/deployment_requests/{request_id}/{output|temp}/{filename}` */
export function storage(context: Context, fetchFile?: Fetch): Reply | Promise<Reply> {
	const { world, headers, url } = context;
	if (headers.authorization !== undefined) return forbidden();
	const agent = headers['user-agent'] ?? '';
	if (agent.trim() === '' || DEFAULT_AGENT.test(agent)) return forbidden();
	const found = findFile(world, url.pathname);
	if (found !== undefined) context.entry.requestId = found.job.requestId;
	const fault = strike(context, ...STORAGE_FAULTS);
	if (fault?.name === 'storage_forbidden') return forbidden();
	if (fault?.name === 'storage_redirect') {
		return redirect(context, fault.location, fault.cross_origin);
	}
	if (found === undefined || fault?.name === 'storage_not_found' || isExpired(world, found.job)) {
		return refused(404, 'NoSuchKey');
	}
	const { job, file } = found;
	if (fault?.name === 'storage_expired') job.expiredBelow = job.signature + 1;
	const signature = Number(url.searchParams.get('X-Goog-Signature') ?? 0);
	if (signature < job.expiredBelow) return refused(403, 'ExpiredToken');
	const { spec } = file;
	if (fault?.name === 'zero_byte_download') return withType(spec?.media ?? 'png', 0, '');
	if (spec !== undefined) return ranged(serve(spec, world.outputBytes), headers.range);
	return fetchFile?.(file, headers.range) ?? refused(404, 'NoSuchKey');
}

function serve(spec: MediaSpec, outputBytes: number | undefined): Reply {
	const bytes = render(spec);
	if (spec.media !== 'png' || outputBytes === undefined) {
		return withType(spec.media, bytes.length, bytes);
	}
	const body = Readable.from(padPng(bytes, outputBytes), { objectMode: false });
	return withType(spec.media, paddedLength(bytes, outputBytes), body);
}

const withType = (media: MediaSpec['media'], length: number, body: Reply['body']): Reply => ({
	status: 200,
	headers: { 'content-type': MIME_TYPES[media], 'content-length': String(length) },
	body,
});

/** Without a location, it redirects to this server, with a mark so that it does not look like a loop. */
function redirect({ url }: Context, location?: string, crossOrigin = false): Reply {
	const target = new URL(url);
	target.searchParams.set('redirected', '1');
	if (crossOrigin) target.hostname = 'localhost';
	return { status: 302, headers: { location: location ?? target.href }, body: '' };
}
