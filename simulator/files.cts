import { MIME_TYPES, render } from './media/render.cjs';
import type { HostedLookup } from './run/input-file.cjs';
import type { Job, JsonObject, OutputFile, Outputs, Uploads } from './types.cjs';
import { DAY_MS, type World } from './world.cjs';

/** After this time a file is gone. */
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

/** The job and file behind a storage path, whether or not the file may still be downloaded. */
export function findFile(
	world: World,
	pathname: string,
): { job: Job; file: OutputFile } | undefined {
	if (!pathname.startsWith(PREFIX)) return undefined;
	const job = world.jobs.get(pathname.slice(PREFIX.length).split('/')[0] ?? '');
	if (job?.state !== 'succeeded' || job.outcome.kind !== 'succeeded') return undefined;
	for (const file of filesOf(job.outcome.outputs)) {
		if (file.hosted && pathOf(job.requestId, file) === pathname) return { job, file };
	}
	return undefined;
}

/** The files of all channels, in order. */
export function* filesOf(outputs: Outputs): Generator<OutputFile> {
	for (const channels of Object.values(outputs)) {
		for (const entries of Object.values(channels)) {
			for (const entry of entries) if ('file' in entry) yield entry.file;
		}
	}
}

export const isExpired = (world: World, job: Job): boolean =>
	world.now() - (job.finishedAt ?? job.createdAt) > RETENTION_MS;

/** `outputs` as the API writes them. */
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

/** `output`, as a hosted model and a LoRA deployment have it: `images` is a list, `image` an address. */
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
	const query = job.signature === 0 ? '' : `?X-Goog-Signature=${job.signature}`;
	return world.origin + pathOf(job.requestId, file) + query;
}

function mapValues<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
	return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** Lets a run load what an earlier run of this simulator produced. */
export const hostedLookup =
	(world: World, uploads: Uploads = new Map()): HostedLookup =>
	(url) => {
		if (typeof url === 'string') {
			const file = uploads.get(url);
			return file && { bytes: file.bytes.length, type: file.type };
		}
		if (url.origin !== world.origin || !url.pathname.startsWith('/storage/')) return undefined;
		const found = findFile(world, url.pathname);
		if (found === undefined || isExpired(world, found.job)) return 'gone';
		const { spec } = found.file;
		if (spec === undefined) return undefined;
		return { bytes: render(spec).length, type: MIME_TYPES[spec.media] };
	};
