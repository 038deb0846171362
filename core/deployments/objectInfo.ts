import type { Cache, Flow } from '../cache';
import { classTypesOf, type SavedWorkflow, type WorkflowApiJson } from '../comfyui/graph';
import { type ObjectInfo, readNodeClass } from '../comfyui/objectInfo';
import { CACHE } from '../defaults';
import { type Client, USER_AGENT } from '../http/client';
import { noBytes } from '../http/exchange';
import { withoutNonFinite } from '../json/numbers';
import { tried } from '../json/objects';
import { type Ending, readEntries } from '../json/scan';
import { MB } from '../text';

/** Reading an object_info stops after this many bytes. Real ones have 20 MB and more. */
const MAX_BYTES = 64 * MB;

/** Milliseconds until the last byte. Real servers take up to 20 s to send an object_info. */
const TIMEOUT_MS = 30_000;

/** ComfyUI's declarations of a workflow's node classes, as far as they could be read. */
export interface KnownClasses {
	info: ObjectInfo;
	/** Says why types and choices are guessed; absent if ComfyUI lists them. */
	guessed?: string;
}

/**
 * Reads ComfyUI's declarations of the classes in `workflow`, which runs where the saved workflow does.
 * @throws RunComfyError `aborted`
 */
export async function readClasses(
	flow: Flow,
	infos: Cache<ObjectInfo>,
	{ objectInfoUrl: url, version }: Pick<SavedWorkflow, 'objectInfoUrl' | 'version'>,
	workflow: WorkflowApiJson,
	fresh = false,
): Promise<KnownClasses> {
	const classTypes = classTypesOf(workflow).sort();
	const found = await infos.read(
		JSON.stringify([url, version, classTypes]),
		flow,
		({ signal }) => loadObjectInfo(flow.client, url, new Set(classTypes), signal),
		{
			fresh,
			limitMs: TIMEOUT_MS,
			goodForMs: version === undefined ? CACHE.goodForMs : CACHE.versionGoodForMs,
		},
	);
	if ('value' in found) return { info: found.value };
	return {
		info: {},
		guessed: `Types and choices of the inputs are guessed from the saved values: ComfyUI’s list of node classes (object_info) could not be read: ${found.error.message}`,
	};
}

/** Reads the stream only until all of these classes are found. */
async function loadObjectInfo(
	{ host, baseUrl, allowPrivate }: Client,
	url: string | undefined,
	classTypes: ReadonlySet<string>,
	signal: AbortSignal | undefined,
): Promise<ObjectInfo> {
	if (url === undefined || !URL.canParse(url) || !/^https?:/.test(url)) {
		throw new Error('it has no address');
	}
	const { status, stream = noBytes() } = await host.request({
		method: 'GET',
		url,
		headers: { accept: 'application/json', 'user-agent': USER_AGENT },
		// This URL comes from an API answer, so the token is only sent if the URL is below the API's base URL.
		authenticate: new URL(url).href.startsWith(`${baseUrl}/`),
		publicOnly: !allowPrivate,
		expect: 'stream',
		timeoutMs: TIMEOUT_MS,
		...(signal ? { signal } : {}),
	});
	if (status !== 200) {
		// Ending the stream closes the connection.
		await stream[Symbol.asyncIterator]().return?.();
		throw new Error(`HTTP status ${status}`);
	}
	const found: Array<[string, ObjectInfo[string]]> = [];
	const ending = await readEntries(stream, classTypes, MAX_BYTES, (name, json) => {
		const raw = parsePythonJson(json);
		if (raw !== undefined) found.push([name, readNodeClass(raw, name)]);
	});
	if (ending !== 'complete') throw new Error(UNREADABLE[ending]);
	return Object.fromEntries(found);
}

const UNREADABLE: Readonly<Record<Exclude<Ending, 'complete'>, string>> = {
	// For example an error with HTTP 200, which would otherwise look as if the machine had no classes at all.
	plain: 'it is not a list of classes',
	large: `it is larger than ${MAX_BYTES / MB} MB`,
	broken: 'it is not JSON, or ends early',
};

// Python writes NaN and Infinity, for example as the maximum of a FLOAT. Neither is valid JSON.
function parsePythonJson(json: string): unknown {
	const plain = tried((): unknown => JSON.parse(json));
	return plain === undefined ? tried((): unknown => JSON.parse(withoutNonFinite(json))) : plain;
}
