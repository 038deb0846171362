import type { Client } from '../http/client';
import { type Body, type Call, type CallOptions, exchange } from '../http/exchange';
import type { Leaf } from '../http/paths';
import { kindOf } from '../target/kinds';
import { checkRef, type RequestRef } from '../target/ref';

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
		read: (body) => read(ref, body),
	};
	return exchange(client, call, options);
}
