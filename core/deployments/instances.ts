import { ANSWER_BYTES } from '../defaults';
import { currentValueHint, invalidInput, RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, mayHaveTakenEffect, tryExchange } from '../http/exchange';
import { checkId, instanceUrl } from '../http/paths';
import { findInexactInteger, stringifyJson } from '../json/numbers';
import { isObject, tried } from '../json/objects';
import { parseUserJson } from '../json/userJson';
import { joinBytes, shorten, valueText } from '../text';

/** A call to the ComfyUI server on a live instance of a deployment. */
export interface InstanceCall {
	deploymentId: unknown;
	/** Comes from the status of a request in progress, and is valid while the instance lives. */
	instanceId: unknown;
	/** A path of ComfyUI's own server, such as `api/free`; a query may follow. */
	path: unknown;
	/** The body to post: an object or list, or its JSON text. Empty means `{}`. */
	body: unknown;
	/** `POST` by default. */
	method?: unknown;
	/**
	 * A file to post as a multipart form, for example to `upload/image`. The entries of `body` become the other
	 * form fields.
	 */
	file?: InstanceFile | undefined;
}

export interface InstanceAnswer {
	deployment_id: string;
	instance_id: string;
	path: string;
	/** Parsed JSON (with integers beyond 2^53 as `bigint`), any other text unchanged, or null if empty. */
	response: unknown;
}

/** Milliseconds. Unloading large models can take a while. */
const CALL_TIMEOUT_MS = 120_000;

/**
 * `POST` or `GET /prod/v2/deployments/{deployment_id}/instances/{instance_id}/proxy/{path}`
 * (docs.runcomfy.com/serverless/instance-proxy-endpoints documents the POST and mentions `GET /object_info`). A
 * second POST may do harm, so it is retried only in the cases where a submit is.
 * @throws RunComfyError `invalid_input`; `not_found` if the instance is gone or ComfyUI has no such path
 */
export async function callInstance(
	client: Client,
	call: InstanceCall,
	options: CallOptions = {},
): Promise<InstanceAnswer> {
	const { deploymentId, instanceId, path, body, method } = checkInstanceCall(call);
	const { file } = call;
	const content = method === 'GET' ? {} : file ? formOf(file, body) : { body: stringifyJson(body) };
	const answer = (response: unknown): InstanceAnswer => ({
		deployment_id: deploymentId,
		instance_id: instanceId,
		path,
		response,
	});
	const last = await tryExchange(
		client,
		{
			method,
			url: instanceUrl(client, deploymentId, instanceId, path),
			...content,
			timeoutMs: CALL_TIMEOUT_MS,
			maxBytes: ANSWER_BYTES.instance,
			facts: { deploymentId, details: { instance_id: instanceId, path } },
			exactIntegers: true,
			read: answer,
			readText: (text) => answer(refusePage(text)),
		},
		options,
	);
	if (last.ok) return last.value;
	const { error } = last;
	if (error.code === 'not_found') throw error.with({ hint: goneHint(path) });
	if (error.httpStatus === 405) throw error.with({ hint: METHOD_HINT });
	if (method === 'GET' || !mayHaveTakenEffect(last)) throw error;
	throw error.with({ retryable: false, hint: UNKNOWN_HINT });
}

/** @throws RunComfyError `invalid_input` */
export function checkInstanceCall(call: InstanceCall) {
	const { file } = call;
	const checked = {
		deploymentId: checkId(call.deploymentId, 'deployment id'),
		instanceId: checkId(call.instanceId, 'instance id'),
		path: checkPath(call.path),
		body: checkBody(call.body),
		method: checkMethod(call.method),
	};
	if (file) checkFile(file, checked.body);
	const carries = file !== undefined || Object.keys(checked.body).length > 0;
	if (checked.method === 'GET' && carries) throw wrongBody('A GET sends no body and no file');
	return checked;
}

function checkMethod(given: unknown): 'GET' | 'POST' {
	const method = typeof given === 'string' ? given.trim().toUpperCase() : (given ?? '');
	if (method === '' || method === 'POST') return 'POST';
	if (method === 'GET') return 'GET';
	throw invalidInput('The Method must be GET or POST', currentValueHint(given));
}

// The call carries the token, so the path must not lead outside the instance.
function checkPath(given: unknown): string {
	const path = typeof given === 'string' ? given.trim().replace(/^\/+/, '') : '';
	if (path === '') throw wrongPath('The Path is empty');
	if (/^[a-z][a-z\d+.-]*:/i.test(path)) throw wrongPath(`The Path "${path}" is a whole address`);
	const [route = '', ...queries] = path.split('?');
	const decoded = tried(() => decodeURIComponent(route)) ?? route;
	// A server behind the proxy may decode the path again.
	const encodedTwice = /%(?:25)*(?:2e|2f|5c)/i.test(decoded);
	// Some servers ignore the rest of a segment after a semicolon.
	const leadsOut = decoded.split(/[/\\]/).some((segment) => /^\.{1,2}(?:;|$)/.test(segment));
	if (encodedTwice || leadsOut || /[#\\\p{C}]/u.test(path + decoded) || queries.length > 1) {
		throw wrongPath(`The Path "${path}" cannot be used`);
	}
	return path;
}

function wrongPath(message: string): RunComfyError {
	return invalidInput(
		message,
		'Give a path of ComfyUI’s own server such as api/free: no web address, no "..", no "#", no "\\".',
	);
}

function checkBody(given: unknown): object {
	const parsed = parseUserJson(given ?? {}, { name: 'The Body', advice: BODY_HINT });
	const body = parsed === undefined ? {} : parsed;
	if (typeof body !== 'object' || body === null) {
		throw wrongBody('The Body must be a JSON object or list');
	}
	const inexact = findInexactInteger(body);
	if (inexact === undefined) return body;
	throw wrongBody(`The number at ${inexact} of the Body is larger than 2^53 and has lost digits`);
}

const BODY_HINT =
	'Write JSON such as {"unload_models": true}; large integers stay exact within JSON text only.';

function wrongBody(message: string): RunComfyError {
	return invalidInput(message, BODY_HINT);
}

// An HTML page is most likely from a proxy, not an answer of ComfyUI's API.
function refusePage(text: string): string {
	if (!/^\s*<(!doctype|html)/i.test(text)) return text;
	throw new RunComfyError('bad_response', 'A web page came instead of ComfyUI’s answer', {
		retryable: false,
	});
}

const goneHint = (path: string) =>
	`An instance lives only while it works or is kept warm: take the instance id from the status of a request in progress. If that instance still runs, its ComfyUI has no ${shorten(path, 80)}.`;

const METHOD_HINT =
	'ComfyUI knows the path, but takes another method there: try GET instead of POST, or POST instead of GET.';

const UNKNOWN_HINT =
	'ComfyUI may have carried out the call nevertheless. The instance may be gone, too: take its id from the status of a request in progress before you call again.';

/** A file to upload to ComfyUI. */
export interface InstanceFile {
	filename: string;
	mimeType?: string | undefined;
	bytes: Uint8Array;
}

/** Characters that are not allowed in the name of a file or field of a form. */
const NOT_IN_NAME = /["\\\p{C}]/u;

/** @throws RunComfyError `invalid_input` */
function checkFile({ filename, bytes, mimeType }: InstanceFile, body: object) {
	const named = filename.trim() !== '';
	const plain = [filename, ...Object.keys(body)].every((name) => !NOT_IN_NAME.test(name));
	if (!named || !plain || !/^[\w.+-]+\/[\w.+-]+$/.test(mimeType ?? 'a/b')) {
		throw invalidInput(
			'The file cannot be sent under that name or type',
			'Give a file name without quotes and backslashes.',
		);
	}
	if (!isObject(body)) {
		throw invalidInput(
			'The Body of a call with a file must be an object',
			'Its entries become extra form fields, such as {"subfolder": "mine", "overwrite": true}.',
		);
	}
	if (bytes.length === 0) {
		throw invalidInput(`${filename} is empty`, 'Check the step that makes the file.');
	}
}

/**
 * Builds a multipart form (RFC 7578) with one file, in the field `image` as ComfyUI's `upload/image` and
 * `upload/mask` expect.
 */
function formOf(
	{ filename, mimeType = 'application/octet-stream', bytes }: InstanceFile,
	fields: object,
): { body: Uint8Array; contentType: string } {
	// Long enough not to occur in a file by chance.
	const boundary = `form-${[1, 2, 3].map(() => Math.random().toString(36).slice(2)).join('')}`;
	const head = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
	const parts = Object.entries(fields).map(
		([name, value]) => `${head(name)}\r\n\r\n${valueText(value)}\r\n`,
	);
	const file = `${head('image')}; filename="${filename}"\r\nContent-Type: ${mimeType}\r\n\r\n`;
	const encoder = new TextEncoder();
	const before = encoder.encode(parts.join('') + file);
	const after = encoder.encode(`\r\n--${boundary}--\r\n`);
	return {
		body: joinBytes([before, bytes, after]),
		contentType: `multipart/form-data; boundary=${boundary}`,
	};
}
