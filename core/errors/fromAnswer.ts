import { oneLine } from '../text';
import type { ErrorCode, ErrorReason } from './codes';
import { type ErrorFacts, RunComfyError } from './RunComfyError';

interface ErrorChoice {
	code: ErrorCode;
	/** A more specific reason than the code, for `details.reason`. */
	reason?: ErrorReason;
	/** Replaces the code's own hint. */
	hint?: string;
}

/** The hint for a used-up balance if RunComfy has disabled no deployment. */
export const TOP_UP_HINT = 'Top up your RunComfy balance, then run it again.';

/**
 * Error numbers whose meaning differs from that of their family (`familyOf`), from
 * docs.runcomfy.com/serverless/error-codes and, for 40000x, docs.runcomfy.com/model-apis/error-codes.
 */
const BY_API_CODE: Record<number, ErrorChoice> = {
	400001: { code: 'not_found' },
	400002: { code: 'insufficient_funds', hint: TOP_UP_HINT },
	400004: { code: 'auth_failed' },
	10001: { code: 'insufficient_funds' },
	10002: { code: 'deployment_disabled' },
	10003: { code: 'deployment_deleted' },
	10011: { code: 'run_failed' },
};

/** Maximum number of characters of an answer to show in a message. */
const LONGEST_SHOWN = 300;

const BY_HTTP_STATUS: Record<number, ErrorCode> = {
	401: 'auth_failed',
	402: 'insufficient_funds',
	403: 'forbidden',
	404: 'not_found',
	408: 'service_unavailable',
	429: 'rate_limited',
};

/** Facts for the error, and hints to use instead of those of the codes. */
export interface AnswerFacts extends ErrorFacts {
	hints?: Partial<Record<ErrorCode, string>> | undefined;
}

/**
 * The error in an answer; undefined for a success, which is HTTP 2xx without an `error_code`.
 * @param body the parsed JSON, or undefined if the text was not JSON
 */
export function errorFromAnswer(
	httpStatus: number,
	body: unknown,
	text: string,
	{ hints, ...facts }: AnswerFacts,
): RunComfyError | undefined {
	const apiCode = apiErrorCode(body);
	const ok = httpStatus >= 200 && httpStatus < 300;
	if (ok && apiCode === undefined) return undefined;

	const detail = plain(field(body, 'detail'));
	const said = readWords(body, detail) ?? readNonJson(text);
	const chosen = chooseCode(httpStatus, apiCode);
	const code = facts.service ? chosen : refine(chosen, said, detail);
	const { reason, hint }: Partial<ErrorChoice> = BY_API_CODE[Number(apiCode)] ?? {};
	const label = apiCode === undefined ? `HTTP ${httpStatus}` : `code ${apiCode}`;
	return new RunComfyError(
		code,
		said ? `RunComfy answered: ${said} (${label})` : `RunComfy answered with ${label}`,
		{
			...facts,
			hint: facts.hint ?? hints?.[code],
			...special(httpStatus, body, facts),
			...(hint === undefined ? {} : { hint }),
			httpStatus,
			details: {
				...facts.details,
				...(apiCode === undefined ? {} : { error_code: apiCode }),
				// Tells RunComfy's rate limit from a host's own full queue, which has the same code.
				...(code === 'rate_limited' ? { reason: 'throttled' as const } : {}),
				...(reason === undefined ? {} : { reason }),
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
	if (listed) return listed.code;
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

// One number (422001) covers all validation errors, but users want to know whether the overrides are at fault.
function refine(code: ErrorCode, said: string, detail: unknown): ErrorCode {
	if (code !== 'invalid_request') return code;
	const about = `${said} ${JSON.stringify(detail ?? '')}`;
	return /override|node id|unknown node|input key/i.test(about) ? 'invalid_overrides' : code;
}

/** A hint that is more specific than the code's, for some HTTP statuses. */
function special(httpStatus: number, body: unknown, facts: ErrorFacts): ErrorFacts {
	if (httpStatus === 413) return { hint: REQUEST_TOO_LARGE_HINT };
	if (httpStatus >= 300 && httpStatus < 400) return { hint: REDIRECT_HINT, retryable: false };
	if (![404, 405].includes(httpStatus) || facts.hint !== undefined) return {};
	if (!body || isUnknownRoute(body)) return { hint: NOT_RUNCOMFY_HINT };
	if (httpStatus === 405 || facts.requestId !== undefined || facts.service) return {};
	return { hint: facts.deploymentId === undefined ? WRONG_BASE_URL_HINT : NO_DEPLOYMENT_HINT };
}

/** Recognizes how web frameworks answer for an unknown path or method. RunComfy itself names what it did not find. */
function isUnknownRoute(body: unknown): boolean {
	const said = field(body, 'detail') ?? field(body, 'message') ?? field(body, 'error');
	return (
		apiErrorCode(body) === undefined && /^(not found|method not allowed)\.?$/i.test(String(said))
	);
}

const REQUEST_TOO_LARGE_HINT =
	'The request is too large. Give media as a URL instead of embedding the file, or make the file smaller.';

const REDIRECT_HINT =
	'The answer points to another address, and the token is never sent on. Check the base URL: https or http, and no path that RunComfy does not have.';

const NO_DEPLOYMENT_HINT =
	'Check the deployment id: choose the deployment from the list, or copy the id from its page on RunComfy.';

const WRONG_BASE_URL_HINT = 'Check the base URL: RunComfy’s API is not there.';

const NOT_RUNCOMFY_HINT =
	'The answer does not come from RunComfy. Check the base URL first, then the deployment id and the request id. For a ComfyUI of your own, the base URL is the address that runcomfy-simulator prints, not that of ComfyUI.';

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
	const start = withoutRepeated(said, messageIn(field(field(detail, '0'), 'msg')));
	return start === '' ? about : `${start}: ${about}`;
}

/** "Validation error: field required" without "field required", which the details repeat with its location. */
function withoutRepeated(said: string, repeated: string | undefined): string {
	if (repeated === undefined || !said.endsWith(repeated)) return said;
	return said.slice(0, -repeated.length).trimEnd().replace(/:$/, '');
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
	const said = oneLine(/<html|<!doctype/i.test(text) ? titleOfPage(text) : text, LONGEST_SHOWN);
	return /^[[{] ?[\]}]$/.test(said) ? '' : said;
}

function titleOfPage(html: string): string {
	const tag = /<title\b/i.exec(html);
	if (!tag) return '';
	const start = html.indexOf('>', tag.index) + 1;
	const stop = html.indexOf('<', start);
	return html.slice(stop, stop + 7).toLowerCase() === '</title' ? html.slice(start, stop) : '';
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
