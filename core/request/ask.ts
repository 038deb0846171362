import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type Body, type Call, type CallOptions, exchange } from '../http/exchange';
import type { Leaf } from '../http/paths';
import { asId, asObject } from '../json/objects';
import { kindOf } from '../target/kinds';
import { checkRef, type RequestRef } from '../target/ref';
import { oneLine } from '../text';

export interface Question<T>
	extends Pick<Call<T>, 'method' | 'idempotent' | 'timeoutMs' | 'maxBytes' | 'acceptsErrorCode'> {
	read: (ref: RequestRef, body: Body) => T;
}

/** One call about an accepted request, whatever runs it. @throws RunComfyError */
export async function ask<T>(
	client: Client,
	given: RequestRef,
	leaf: Leaf,
	{ read, ...question }: Question<T>,
	options: CallOptions,
): Promise<T> {
	const ref = checkRef(given);
	const { requestUrl, hints } = kindOf(ref);
	const call: Call<T> = {
		...question,
		url: requestUrl(client, ref, leaf),
		facts: { ...ref, hints },
		read: (body) => read(ref, expectOwn(ref, body)),
	};
	return exchange(client, call, options);
}

/**
 * The body of an answer about a request, unless it names another one: a proxy or a cache may mix two up.
 * @throws RunComfyError `bad_response`; the next answer may be the right one
 */
function expectOwn({ requestId }: RequestRef, body: Body): Body {
	const id = asObject(body)['request_id'];
	// Such a number has lost digits.
	if (typeof id === 'number' && !Number.isSafeInteger(id)) return body;
	const named = asId(id)?.trim();
	if (named === undefined || named.toLowerCase() === requestId.toLowerCase()) return body;
	throw new RunComfyError(
		'bad_response',
		`The answer is about another request, "${oneLine(named, 60)}"`,
		{ hint: 'Something between here and RunComfy mixes answers up. Check proxies and caches.' },
	);
}
