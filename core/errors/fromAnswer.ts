import { oneLine } from '../text';
import type { ErrorCode } from './codes';
import { type ErrorFacts, RunComfyError } from './RunComfyError';

/**
 * Error numbers whose meaning differs from that of their family (`familyOf`), from
 * docs.runcomfy.com/serverless/error-codes and, for 40000x, docs.runcomfy.com/model-apis/error-codes.
 */
const BY_API_CODE: Record<number, ErrorCode> = {
	400001: 'not_found',
	400002: 'insufficient_funds',
	400004: 'auth_failed',
	10001: 'insufficient_funds',
	10002: 'deployment_disabled',
	10003: 'deployment_deleted',
	10011: 'run_failed',
};

const BY_HTTP_STATUS: Record<number, ErrorCode> = {
	401: 'auth_failed',
	402: 'insufficient_funds',
	403: 'forbidden',
	404: 'not_found',
	408: 'service_unavailable',
	429: 'rate_limited',
};

/** Maximum number of characters of an answer to show in a message. */
const LONGEST_SHOWN = 300;

/**
 * The error in an answer; undefined for a success, which is HTTP 2xx without an `error_code`.
 * @param body the parsed JSON, or undefined if the text was not JSON
 */
export function errorFromAnswer(
	httpStatus: number,
	body: unknown,
	text: string,
	facts: ErrorFacts,
): RunComfyError | undefined {
	const apiCode = apiErrorCode(body);
	const ok = httpStatus >= 200 && httpStatus < 300;
	if (ok && apiCode === undefined) return undefined;

	const detail = plain(field(body, 'detail'));
	const said = readWords(body, detail) ?? readNonJson(text);
	const label = apiCode === undefined ? `HTTP ${httpStatus}` : `code ${apiCode}`;
	return new RunComfyError(
		chooseCode(httpStatus, apiCode),
		said ? `RunComfy answered: ${said} (${label})` : `RunComfy answered with ${label}`,
		{
			...facts,
			...hintFor(httpStatus, body, facts),
			httpStatus,
			details: {
				...facts.details,
				...(apiCode === undefined ? {} : { error_code: apiCode }),
				...(detail === undefined ? {} : { detail }),
			},
		},
	);
}

/** Whether RunComfy itself refused the call: the answer has a RunComfy error number outside the 5xx family. */
export function isOwnRefusal({ details }: RunComfyError): boolean {
	const apiCode = details?.['error_code'];
	return typeof apiCode === 'number' && familyOf(apiCode) < 500;
}

/** The error number, or else the error word, in a body. It may also come with HTTP 200. */
function apiErrorCode(body: unknown): number | string | undefined {
	const value = field(body, 'error_code');
	if (typeof value === 'string' && value.trim() !== '') {
		return /^\d+$/.test(value.trim()) ? Number(value) || undefined : value.trim();
	}
	return typeof value === 'number' && value !== 0 ? value : undefined;
}

function chooseCode(httpStatus: number, apiCode: number | string | undefined): ErrorCode {
	if (typeof apiCode !== 'number') return byStatus(httpStatus);
	const listed = BY_API_CODE[apiCode];
	if (listed) return listed;
	const family = familyOf(apiCode);
	if (family >= 400 && family < 600) return byStatus(family);
	// Any other unknown number is a permanent refusal, even in a 5xx answer.
	return BY_HTTP_STATUS[httpStatus] ?? 'invalid_request';
}

/** In RunComfy's error numbers, the first digits are an HTTP status: 401001, 422001. Gateways send the bare status. */
function familyOf(apiCode: number): number {
	return apiCode < 1000 ? apiCode : Math.floor(apiCode / 1000);
}

function byStatus(httpStatus: number): ErrorCode {
	if (httpStatus >= 500) return 'service_unavailable';
	if (httpStatus >= 300 && httpStatus < 400) return 'bad_response';
	return BY_HTTP_STATUS[httpStatus] ?? 'invalid_request';
}

/** For answers that say more than their code. */
function hintFor(httpStatus: number, body: unknown, facts: ErrorFacts): ErrorFacts {
	if (httpStatus === 413) return { hint: TOO_LARGE_HINT };
	if (httpStatus >= 300 && httpStatus < 400) return { hint: REDIRECT_HINT, retryable: false };
	const isUnknown = httpStatus === 404 || httpStatus === 405;
	return isUnknown && !isRunComfys(body, facts) ? { hint: NOT_RUNCOMFY_HINT } : {};
}

/** RunComfy names what it did not find; a web framework answers only that it does not know the path or the method. */
function isRunComfys(body: unknown, { deploymentId, modelId, requestId }: ErrorFacts): boolean {
	const said = field(body, 'detail') ?? field(body, 'message') ?? field(body, 'error');
	const isRoute = /^(not found|method not allowed)\.?$/i.test(String(said));
	if (!body || (isRoute && apiErrorCode(body) === undefined)) return false;
	return (deploymentId ?? modelId ?? requestId) !== undefined;
}

const TOO_LARGE_HINT =
	'The request is too large. Give media as a URL instead of embedding the file, or make the file smaller.';

const REDIRECT_HINT =
	'The answer points to another address, and the token is never sent on. Check the base URL: https or http, and no path that RunComfy does not have.';

const NOT_RUNCOMFY_HINT =
	'The answer does not come from RunComfy. Check the base URL first, then the ids. For a ComfyUI of your own, the base URL is the address that runcomfy-simulator prints, not that of ComfyUI.';

/** The message in an error body. The order of the fields is that of RunComfy's own clients. */
function readMessage(body: unknown): string | undefined {
	const said = ['error_message', 'message', 'error'].map((key) => messageIn(field(body, key)));
	return said.find((one) => one !== undefined);
}

/** The message together with its details: "validation error" alone does not help. */
function readWords(body: unknown, detail: unknown): string | undefined {
	const said = readMessage(body);
	const about = readDetail(detail);
	if (said === undefined || about === undefined) return said ?? about;
	if (said.toLowerCase().includes(about.toLowerCase())) return said;
	// "Validation error: field required" repeats the first reason, which the details give with its location.
	const reason = messageIn(field(field(detail, '0'), 'msg')) ?? '';
	const start = said.endsWith(reason) ? said.slice(0, said.length - reason.length) : said;
	return [start.trimEnd().replace(/:$/, ''), about].filter(Boolean).join(': ');
}

function messageIn(value: unknown): string | undefined {
	const said = typeof value === 'string' ? value : field(value, 'message');
	return typeof said === 'string' && said.trim() ? oneLine(said, LONGEST_SHOWN) : undefined;
}

// The detail is text or, from FastAPI, a list of {loc, msg, type}.
function readDetail(detail: unknown): string | undefined {
	if (!Array.isArray(detail)) return messageIn(detail);
	const lines = detail.map((entry: unknown) => {
		const location = locationOf(field(entry, 'loc'));
		return [location, messageIn(field(entry, 'msg'))].filter(Boolean).join(': ');
	});
	return messageIn(lines.filter(Boolean).join('; '));
}

/** Where a validation error is, in the words that the forms use. */
function locationOf(loc: unknown): string {
	if (!Array.isArray(loc)) return '';
	const parts = loc
		.filter((part) => typeof part === 'string' || typeof part === 'number')
		.filter((part) => part !== 'body')
		.map(String);
	const [field, id, , ...input] = parts;
	if (field !== 'overrides' || id === undefined) return parts.join(' > ');
	return [`node ${id}`, ...(input.length > 0 ? [`input ${input.join(' > ')}`] : [])].join(', ');
}

// A proxy's error page is HTML. Its title is the only useful part.
function readNonJson(text: string): string {
	const isPage = /<html|<!doctype/i.test(text);
	const [, head = ''] = text.slice(0, 10_000).split(/<title\b/i, 2);
	const [title = ''] = head.slice(head.indexOf('>') + 1).split('<', 1);
	const said = oneLine(isPage ? title : text, LONGEST_SHOWN);
	return /^[[{] ?[\]}]$/.test(said) ? '' : said;
}

// FastAPI repeats the input under `input`: megabytes of media, or keys of other services. Large integers become
// strings, since every host writes errors as JSON.
function plain(value: unknown): unknown {
	if (typeof value === 'bigint') return String(value);
	if (Array.isArray(value)) return value.map(plain);
	if (typeof value !== 'object' || value === null) return value;
	const fields = Object.entries(value).filter(([name]) => name !== 'input');
	return Object.fromEntries(fields.map(([name, entry]) => [name, plain(entry)]));
}

function field(value: unknown, key: string): unknown {
	if (typeof value !== 'object' || value === null) return undefined;
	return (value as Record<string, unknown>)[key];
}
