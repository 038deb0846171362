import { Readable } from 'node:stream';
import { MIME_TYPES, padPng, render } from './media/render';
import type { Reply } from './reply';
import { ranged, text } from './reply';
import type { Context } from './routes/context';
import type { IsGone } from './run/input-file';
import type { Job, JsonObject, OutputFile, Outputs } from './types';
import { DAY_MS, type World } from './world';

/** Files are deleted after this time. */
const RETENTION_MS = 7 * DAY_MS;

const PREFIX = '/storage/deployment_requests/';

/** Path of a hosted file on this server, without the signed query. */
export const pathOf = (
	requestId: string,
	file: Pick<OutputFile, 'filename' | 'subfolder' | 'type'>,
): string =>
	PREFIX +
	[requestId, file.type, ...file.subfolder.split('/'), file.filename]
		.filter(Boolean)
		.map(encodeURIComponent)
		.join('/');

/** Finds the job and file of a storage path, even if the file can no longer be downloaded. */
function findFile(world: World, pathname: string): { job: Job; file: OutputFile } | undefined {
	if (!pathname.startsWith(PREFIX)) return undefined;
	const job = world.jobs.get(pathname.slice(PREFIX.length).split('/')[0] ?? '');
	if (job?.state !== 'succeeded' || job.outcome.kind !== 'succeeded') return undefined;
	for (const file of filesOf(job.outcome.outputs)) {
		if (file.hosted && pathOf(job.requestId, file) === pathname) return { job, file };
	}
	return undefined;
}

/** The files of all channels, in order. */
function* filesOf(outputs: Outputs): Generator<OutputFile> {
	for (const channels of Object.values(outputs)) {
		for (const entries of Object.values(channels)) {
			for (const entry of entries) if ('file' in entry) yield entry.file;
		}
	}
}

const isExpired = (world: World, job: Job): boolean =>
	world.now() - (job.finishedAt ?? job.createdAt) > RETENTION_MS;

/** Formats `outputs` as the API does. */
export function describeOutputs(world: World, job: Job, outputs: Outputs): JsonObject {
	const describe = (file: OutputFile): JsonObject => {
		const { filename, subfolder, type, extra } = file;
		const url = addressOf(world, job, file);
		return { ...(url && { url }), filename, subfolder, type, ...extra };
	};
	return mapValues(outputs, (channels) =>
		mapValues(channels, (entries) =>
			entries.map((entry) => ('file' in entry ? describe(entry.file) : entry.value)),
		),
	);
}

/** Formats `output` of a hosted model or LoRA deployment: `images` is a list, `image` a URL. */
export function describeFlat(world: World, job: Job, { output = {} }: Outputs): JsonObject {
	const named = Object.entries(output).map(([name, entries]): [string, unknown] => {
		const values = entries
			.map((entry) => ('file' in entry ? addressOf(world, job, entry.file) : entry.value))
			.filter((value) => value !== undefined);
		return [name, name.endsWith('s') ? values : values[0]];
	});
	return Object.fromEntries(named);
}

function addressOf(world: World, job: Job, file: OutputFile): string | undefined {
	if (!file.hosted || job.withoutUrls) return undefined;
	return world.origin + pathOf(job.requestId, file);
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
	return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** Lets a run load the outputs of an earlier run of this simulator, as long as they are there. */
export const isGoneFrom =
	(world: World): IsGone =>
	(url) => {
		if (url.origin !== world.origin || !url.pathname.startsWith('/storage/')) return false;
		const found = findFile(world, url.pathname);
		return found === undefined || isExpired(world, found.job);
	};

/** The default User-Agents of HTTP libraries, which RunComfy's CDN rejects. */
const DEFAULT_AGENT =
	/^(axios|node|undici|node-fetch|got|superagent|needle|python-requests|python-urllib|aiohttp|httpx|java|okhttp|go-http-client|libwww-perl)(\/|$)/i;

const refused = (status: number, code: string): Reply =>
	text(
		`<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code></Error>`,
		status,
		'application/xml; charset=UTF-8',
	);

/** Fetches the bytes of a file that is stored elsewhere. */
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
	const { spec } = found.file;
	if (spec === undefined)
		return fetchFile?.(found.file, headers.range) ?? refused(404, 'NoSuchKey');
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
