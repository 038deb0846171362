import type { SavedWorkflow } from '../comfyui/graph';
import { type NodeClass, type ObjectInfo, readNodeClass } from '../comfyui/objectInfo';
import { messageOf, RunComfyError } from '../errors';
import { type Client, USER_AGENT } from '../http/client';
import { noBytes } from '../http/exchange';
import type { LookUpOptions } from '../http/retry';
import { withoutNonFinite } from '../json/numbers';
import { tried } from '../json/objects';
import { readEntries } from '../json/scan';
import { type Expiring, recall, Recent, remember } from '../recent';
import { throwIfAborted, withTimeLimit } from '../waiting';

/** Entries in each cache. Workflows with hundreds of nodes take a lot of memory. */
const MOST = 50;

/** Workflows and node classes read from one account's deployments. */
export interface WorkflowCache {
	workflows: Expiring<SavedWorkflow>;
	/**
	 * By URL and version. Holds only the classes that were asked for; a class that the machine lacks is undefined.
	 */
	infos: Expiring<KnownClasses | Unreadable>;
	/** Reads in progress, by URL and version. */
	reading: Map<string, Promise<unknown>>;
}

/** An object_info that could not be used, and why. */
class Unreadable {
	constructor(readonly why: string) {}
}

type KnownClasses = Map<string, NodeClass | undefined>;

export function createWorkflowCache(): WorkflowCache {
	return { workflows: new Recent(MOST), infos: new Recent(MOST), reading: new Map() };
}

/** Reading an object_info stops after this many bytes. Real ones have 20 MB and more. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Milliseconds until the last byte. Real servers take up to 20 s to send an object_info. */
const TIMEOUT_MS = 30_000;

/**
 * Reads ComfyUI's declarations of these classes. The response is read as a stream, which ends as soon as all
 * classes are found. Simultaneous calls for the same URL share one read.
 * @returns `problem`: why nothing could be read; continues a sentence that starts with "ComfyUI's list of node
 * classes"
 * @throws RunComfyError `aborted`
 */
export async function loadObjectInfo(
	client: Client,
	{ objectInfoUrl: url, version }: Pick<SavedWorkflow, 'objectInfoUrl' | 'version'>,
	classTypes: readonly string[],
	options: LookUpOptions & { cache?: WorkflowCache | undefined; fresh?: boolean } = {},
): Promise<{ info: ObjectInfo; problem?: string }> {
	const { cache = createWorkflowCache(), signal, onAsk } = options;
	let fresh = options.fresh ?? false;
	if (url === undefined || !URL.canParse(url) || !/^https?:/.test(url)) {
		return { info: {}, problem: 'has no address' };
	}
	const key = JSON.stringify([url, version]);
	for (;;) {
		throwIfAborted(signal);
		const cached = fresh ? undefined : recall(cache.infos, key, client.host.monotonic());
		if (cached instanceof Unreadable) return { info: {}, problem: cached.why };
		const missing = classTypes.some((classType) => !cached?.has(classType));
		if (cached && !missing) return { info: pick(cached, classTypes) };
		onAsk?.();
		const before = cache.reading.get(key);
		fresh = false;
		if (before) {
			await withTimeLimit(client.host, TIMEOUT_MS, signal, () => before).catch(() => undefined);
			continue;
		}
		const wanted = new Set([...classTypes, ...(cached?.keys() ?? [])]);
		const reading = withTimeLimit(client.host, TIMEOUT_MS, signal, (limited) =>
			fetchClasses(client, url, wanted, limited),
		)
			.catch((thrown: unknown) => new Unreadable(whyOf(thrown)))
			.finally(() => cache.reading.delete(key));
		cache.reading.set(key, reading);
		const found = await reading;
		// A read that was aborted says nothing about the next one.
		if (signal?.aborted) continue;
		const lasting = version !== undefined && !(found instanceof Unreadable);
		remember(cache.infos, key, found, client.host.monotonic(), lasting ? SAVED_FOR_MS : undefined);
	}
}

/** Milliseconds. The object_info of a saved workflow version does not change. */
const SAVED_FOR_MS = 6 * 3_600_000;

function whyOf(thrown: unknown): string {
	if (thrown instanceof RunComfyError && thrown.code === 'aborted') {
		return `did not come within ${TIMEOUT_MS / 1000} s`;
	}
	return `could not be read (${messageOf(thrown)})`;
}

function pick(known: KnownClasses, classTypes: readonly string[]): ObjectInfo {
	return Object.fromEntries(
		classTypes.flatMap((classType) => {
			const inputs = known.get(classType);
			return inputs ? [[classType, inputs]] : [];
		}),
	);
}

async function fetchClasses(
	client: Client,
	url: string,
	classTypes: ReadonlySet<string>,
	signal: AbortSignal,
): Promise<KnownClasses | Unreadable> {
	const response = await client.host.request({
		method: 'GET',
		url,
		headers: { accept: 'application/json', 'user-agent': USER_AGENT },
		// This URL comes from an API answer, so the token is only sent if the URL is below the API's base URL.
		authenticate: new URL(url).href.startsWith(`${client.baseUrl}/`),
		publicOnly: !client.allowPrivate,
		expect: 'stream',
		timeoutMs: TIMEOUT_MS,
		signal,
	});
	const { status, stream = noBytes() } = response;
	if (status !== 200) {
		// Ending the stream closes the connection.
		await stream[Symbol.asyncIterator]().return?.();
		return new Unreadable(`was answered with HTTP status ${status}`);
	}
	const found: KnownClasses = new Map([...classTypes].map((name) => [name, undefined]));
	const ending = await readEntries(stream, classTypes, MAX_BYTES, (name, json) => {
		const raw = parsePythonJson(json);
		if (raw !== undefined) found.set(name, readNodeClass(raw, name));
	});
	if (ending === 'complete') return found;
	// For example an error with HTTP 200, which would otherwise look as if the machine had no classes at all.
	if (ending === 'plain') return new Unreadable('is not a list of classes');
	return new Unreadable(ending === 'large' ? TOO_LARGE : 'is not JSON, or ends early');
}

const TOO_LARGE = `is larger than ${MAX_BYTES / 1024 / 1024} MB`;

// Python writes NaN and Infinity, for example as the maximum of a FLOAT. Neither is valid JSON.
function parsePythonJson(json: string): unknown {
	const plain = tried((): unknown => JSON.parse(json));
	return plain === undefined ? tried((): unknown => JSON.parse(withoutNonFinite(json))) : plain;
}
