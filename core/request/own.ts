import { RunComfyError } from '../errors';
import { asId, asObject } from '../json/objects';
import type { RequestRef } from '../target/ref';
import { oneLine } from '../text';

/**
 * The body of an answer about a request, unless it names another one: a proxy or a cache may mix two up.
 * @throws RunComfyError `bad_response`; the next answer may be the right one
 */
export function expectOwn<T>({ requestId }: RequestRef, body: T): T {
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
