// Callbacks of RunComfy with any contents, while reading the result fails in every way.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RunComfyError } from '../../core/index';
import {
	type Callback,
	CallbackCheck,
	CODES,
	getResult,
	Recent,
	toCallback,
} from '../../core/index';
import { ENDPOINTS, REF } from './support/endpoints.mts';
import { type Fault, FAULTS } from './support/faults.mts';
import { rightOf } from './support/right.mts';
import { startService, TOKEN } from './support/service.mts';

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(1));
afterEach(() => expect('polluted' in {}).toBe(false));

/** RunComfy waits for 10 s. */
const PATIENCE_MS = 10_000;

const CALLBACK: Callback = { ref: REF, said: 'succeeded', query: {} };

function open() {
	const service = startService();
	const seen = { taken: [] as string[], troubles: [] as RunComfyError[] };
	const checks = new CallbackCheck(new Recent(10), service.client.host);
	const receiver = {
		readResult: (ref: typeof REF, signal: AbortSignal) =>
			getResult(service.client, ref, { signal }),
		take(callback: Callback) {
			seen.taken.push(callback.ref.requestId);
			return true;
		},
		onTrouble: (_: object, error: RunComfyError) => void seen.troubles.push(error),
	};
	return { service, seen, call: () => checks.check(CALLBACK, receiver) };
}

async function expectVerdict(fault: Fault, times: number): Promise<void> {
	const { service, seen, call } = open();
	const endpoint = ENDPOINTS['result']!;
	const { code, sends } = rightOf('read', fault.kind);
	service.arm(endpoint, fault, times);
	const begun = service.clock.now();
	const verdict = await call();
	expect(service.clock.now() - begun).toBeLessThan(PATIENCE_MS);
	// Without an answer, the call takes longer than RunComfy waits.
	const passes = code === 'ok' || (times === 1 && sends > 1 && fault.kind !== 'silent');
	if (passes) {
		expect([verdict, seen.taken, seen.troubles]).toEqual([200, ['req-1'], []]);
	} else {
		const [trouble] = seen.troubles;
		expect(seen.taken).toEqual([]);
		expect([code, ...(sends > 1 ? ['service_unavailable'] : [])]).toContain(trouble?.code);
		expect(trouble).toMatchObject(REF);
		expect(JSON.stringify(trouble)).not.toContain(TOKEN);
		expect(verdict).toBe(CODES[trouble!.code].repeat === 'no' ? 404 : 503);
	}
	service.arm(endpoint, fault, 0);
	const later = [await call(), await call()];
	expect([later, seen.taken]).toEqual([[200, 200], ['req-1']]);
}

const IDS = { request_id: 'req-1', deployment_id: 'dep-1' };
const deep: unknown = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);

/** Parsed bodies, and whether they count as callbacks. */
const BODIES: Array<[what: string, body: unknown, said?: string]> = [
	['nothing', undefined],
	['null', null],
	['a text', '<html>'],
	['a list', [IDS]],
	['an empty object', {}],
	['no deployment', { request_id: 'req-1' }],
	['no request', { deployment_id: 'dep-1' }],
	['an id that leads elsewhere', { ...IDS, request_id: '../../balance' }],
	['a list as id', { ...IDS, request_id: ['req-1'] }],
	['levels as id', { ...IDS, request_id: deep }],
	['a deployment that leads elsewhere', { ...IDS, deployment_id: '..' }],
	['ids on the prototype', Object.create(IDS), 'unknown'],
	['a number as id', { ...IDS, request_id: 12345 }, 'unknown'],
	['no status', IDS, 'unknown'],
	['a status that nobody knows', { ...IDS, status: 'warming_up' }, 'unknown'],
	['a status that is a name of every object', { ...IDS, status: '__proto__' }, 'unknown'],
	['a list as status', { ...IDS, status: ['succeeded'] }, 'unknown'],
	['levels as status', { ...IDS, status: deep }, 'unknown'],
	['both spellings', { ...IDS, status: 'cancelled' }, 'canceled'],
	['an outcome', { ...IDS, outcome: 'failed' }, 'failed'],
	['levels besides', { ...IDS, status: 'failed', outputs: deep }, 'failed'],
	[
		'__proto__',
		JSON.parse('{"request_id":"req-1","deployment_id":"dep-1","__proto__":{"polluted":1}}'),
		'unknown',
	],
];

describe('webhook in', () => {
	const faults = FAULTS.filter(({ streamOnly }) => !streamOnly);
	it.each(faults)('$name at the look, for good', (fault) => expectVerdict(fault, Infinity));
	it.each(faults)('$name at the look, once', (fault) => expectVerdict(fault, 1));

	it.each(BODIES.map((row) => [row[0], row] as const))('a body of %s', (_, [, body, said]) => {
		if (said !== undefined) expect(toCallback('/x', body)).toMatchObject({ said });
		else expect(toCallback('/x', body)).toBeUndefined();
	});
});
