import type { SavedWorkflow } from '../comfyui/graph';
import { type NodeClass, type ObjectInfo, readNodeClass } from '../comfyui/objectInfo';
import { messageOf, RunComfyError, withoutSecret } from '../errors';
import { type Client, USER_AGENT } from '../http/client';
import type { LookUpOptions } from '../http/retry';
import { withoutNonFinite } from '../json/numbers';
import { mapTexts, tried } from '../json/objects';
import { readEntries } from '../json/scan';
import { type Expiring, recall, Recent, remember } from '../recent';
import { throwIfAborted, withTimeLimit } from '../waiting';

/** Workflows with hundreds of nodes add up. */
const MOST = 50;

/** What was read of one account's deployments. */
export interface WorkflowCache {
	workflows: Expiring<SavedWorkflow>;
	/** By address and version. Only the classes that were asked for; undefined if the machine lacks one. */
	infos: Expiring<KnownClasses | Unreadable>;
	/** By address and version: those being read. */
	reading: Map<string, Promise<unknown>>;
}

/** An object_info that gives no types, and why. */
class Unreadable {
	constructor(readonly why: string) {}
}

type KnownClasses = Map<string, NodeClass | undefined>;

export function createWorkflowCache(): WorkflowCache {
	return { workflows: new Recent(MOST), infos: new Recent(MOST), reading: new Map() };
}

/** Bytes past which an object_info is not read; real ones have 20 MB and more. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Milliseconds, to the last byte: real servers take up to 20 s to write it. */
const TIMEOUT_MS = 30_000;

/**
 * What ComfyUI says of the inputs of these classes. It is read as a stream that ends as soon as all of
 * them were found; several calls for one address share one reading.
 * @returns `problem`: why nothing could be read, after "ComfyUI's list of node classes"
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
		const known = fresh ? undefined : recall(cache.infos, key, client.host.monotonic());
		if (known instanceof Unreadable) return { info: {}, problem: known.why };
		const missing = classTypes.some((classType) => !known?.has(classType));
		if (known && !missing) return { info: pick(known, classTypes) };
		onAsk?.();
		const before = cache.reading.get(key);
		fresh = false;
		if (before) {
			await withTimeLimit(client.host, TIMEOUT_MS, signal, () => before).catch(() => undefined);
			continue;
		}
		const wanted = new Set([...classTypes, ...(known?.keys() ?? [])]);
		const reading = withTimeLimit(client.host, TIMEOUT_MS, signal, (limited) =>
			fetchClasses(client, url, wanted, limited),
		)
			.catch((thrown: unknown) => new Unreadable(whyOf(thrown)))
			.finally(() => cache.reading.delete(key));
		cache.reading.set(key, reading);
		const found = await reading;
		// A reading that was stopped says nothing about the next one.
		if (signal?.aborted) continue;
		const lasting = version !== undefined && !(found instanceof Unreadable);
		remember(cache.infos, key, found, client.host.monotonic(), lasting ? SAVED_FOR_MS : undefined);
	}
}

/** Milliseconds: what a version of a workflow was saved with does not change. */
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
		// The address comes from an answer, so it gets the token only if it is below the API's address.
		authenticate: new URL(url).href.startsWith(`${client.baseUrl}/`),
		baseUrl: client.baseUrl,
		publicOnly: !client.allowPrivate,
		expect: 'stream',
		timeoutMs: TIMEOUT_MS,
		signal,
	});
	const { status, stream = noBytes() } = response;
	if (status !== 200) {
		// Leaving the stream closes the connection.
		await stream[Symbol.asyncIterator]().return?.();
		return new Unreadable(`was answered with HTTP status ${status}`);
	}
	const conceal = (inner: string) => withoutSecret(inner, client.host.secrets);
	const found: KnownClasses = new Map([...classTypes].map((name) => [name, undefined]));
	const end = await readEntries(stream, classTypes, MAX_BYTES, (name, json) => {
		const raw = parse(json);
		if (raw !== undefined) found.set(name, mapTexts(readNodeClass(raw, name), conceal));
	});
	if (end === 'complete') return found;
	// An error with HTTP 200, for example: it would mean that the machine has no class at all.
	if (end === 'plain') return new Unreadable('is not a list of classes');
	return new Unreadable(end === 'large' ? TOO_LARGE : 'is not JSON, or ends early');
}

const TOO_LARGE = `is larger than ${MAX_BYTES / 1024 / 1024} MB`;

async function* noBytes(): AsyncGenerator<Uint8Array> {}

// Python writes NaN and Infinity, which JSON cannot hold, for example as the largest value of a FLOAT.
function parse(json: string): unknown {
	const plain = tried((): unknown => JSON.parse(json));
	return plain === undefined ? tried((): unknown => JSON.parse(withoutNonFinite(json))) : plain;
}
