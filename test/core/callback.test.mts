// Reading and accepting callbacks.
import { describe, expect, it } from '@jest/globals';
import {
	bringsSecret,
	CallbackCheck,
	Recent,
	type ResultAnswer,
	RunComfyError,
	toCallback,
} from '../../core/index.ts';
import { type ResultState } from '../../core/request/state.ts';
import { createVirtualClock, EPOCH } from '../support/virtualClock.mts';

const ids = { request_id: 'r', deployment_id: 'd' };

describe('a callback', () => {
	it('has the query of its address, the last of each name, without the secret', () => {
		const url = '/runcomfy?order=1&order=2&secret=s&name=a+b%21&__proto__=x&empty';
		const { query, ...said } = toCallback(url, ids)!;
		expect(said).toEqual({ ref, said: 'unknown' });
		expect(query).toEqual({ order: '2', name: 'a b!', empty: '' });
		expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
		expect(toCallback('?order=1', ids)?.query).toEqual({ order: '1' });
		expect(toCallback('/runcomfy', ids)?.query).toEqual({});
	});

	it.each([
		['/x?secret=sesame', true],
		['https://n8n.example/x?a=b&secret=sesame', true],
		['/x?secret=sesamf', false],
		['/x?secret=sesam', false],
		['/x?secret=sesamesesame', false],
		['/x?secret=', false],
		['/x', false],
		[undefined, false],
	])('to %s brings the secret: %s', (url, brings) => {
		expect(bringsSecret(url, 'sesame')).toBe(brings);
	});
});

const ref = { requestId: 'r', deploymentId: 'd' };
const answer = (status: ResultState): ResultAnswer => ({
	request_id: 'r',
	deployment_id: 'd',
	status,
	raw: {},
});

interface Options {
	/** Whether each end is taken, in order. The rest is. */
	takes?: boolean[];
}

function open({ takes = [] }: Options = {}) {
	const known = new Recent<string, number>(10);
	const seen = { taken: [] as string[], looks: 0, troubles: [] as string[], says: '' };
	const clock = createVirtualClock();
	const sleep = (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal);
	const checks = new CallbackCheck(known, { now: () => 5, sleep });
	const call = (
		said: ResultState,
		look: (signal: AbortSignal) => ResultAnswer | Promise<ResultAnswer>,
		requestId = 'r',
	) =>
		checks.check(
			{ ref: { ...ref, requestId }, said, query: {} },
			{
				async readResult(_ref, signal) {
					seen.looks += 1;
					return look(signal);
				},
				take(callback) {
					const isTaken = takes.shift() ?? true;
					if (isTaken) seen.taken.push(callback.ref.requestId);
					return isTaken;
				},
				onTrouble(_ref, { code, message }) {
					seen.troubles.push(code);
					seen.says = message;
				},
			},
		);
	return { call, known, seen, clock };
}

describe('a callback', () => {
	it('that comes twice at the same time is looked up and taken once', async () => {
		const { call, seen } = open();
		const end = () => answer('succeeded');
		const both = [call('succeeded', end), call('succeeded', end)];
		expect(await Promise.all(both)).toEqual([200, 200]);
		expect(seen).toMatchObject({ taken: ['r'], looks: 1 });
	});

	it('is repeated by RunComfy until it is taken', async () => {
		const { call, known, seen } = open({ takes: [false] });
		const end = () => answer('succeeded');
		expect(await call('succeeded', end)).toBe(503);
		expect([...known]).toEqual([]);
		expect(await call('succeeded', end)).toBe(200);
		expect(await call('succeeded', end)).toBe(200);
		expect(seen).toMatchObject({ taken: ['r'], looks: 2 });
	});

	it('whose receiver throws is to be repeated, and told then', async () => {
		const { call, seen } = open();
		const broken = () => Promise.reject(new RunComfyError('service_unavailable', 'away'));
		expect(await call('succeeded', broken)).toBe(503);
		expect(await call('succeeded', () => answer('succeeded'))).toBe(200);
		expect(seen).toMatchObject({ taken: ['r'], troubles: ['service_unavailable'] });
	});

	it('of a state before the end is no news, and costs no look', async () => {
		const { call, seen } = open();
		for (const said of ['in_queue', 'in_progress'] as const) {
			expect(await call(said, () => answer(said))).toBe(200);
		}
		expect(seen).toMatchObject({ taken: [], looks: 0 });
		expect(await call('succeeded', () => answer('succeeded'))).toBe(200);
		expect(seen.taken).toEqual(['r']);
	});

	it.each([
		['not_found', 404],
		['forbidden', 404],
		['auth_failed', 503],
		// The user can top up while RunComfy keeps repeating its calls.
		['insufficient_funds', 503],
		['service_unavailable', 503],
		// The user must correct a field of the account, such as its base URL.
		['invalid_input', 503],
		// The time limit belongs to another attempt to read the result.
		['aborted', 503],
	] as const)('that cannot be checked (%s) is answered with %i', async (code, verdict) => {
		const { call, seen } = open();
		const look = () => Promise.reject(new RunComfyError(code, 'x'));
		expect(await call('succeeded', look)).toBe(verdict);
		expect(seen).toMatchObject({ taken: [], troubles: [code] });
	});

	it('whose look goes wrong in an unknown way is to be repeated', async () => {
		const { call, seen } = open();
		expect(await call('succeeded', () => Promise.reject(new TypeError('x')))).toBe(503);
		expect(seen.troubles).toEqual(['bad_response']);
	});

	it('that cannot be checked is trouble once, until a look succeeds or another thing is wrong', async () => {
		const { call, seen } = open();
		const fails = (code: 'forbidden' | 'not_found') => () =>
			Promise.reject(new RunComfyError(code, 'x'));
		await call('succeeded', fails('forbidden'));
		await call('succeeded', fails('forbidden'));
		await call('succeeded', fails('not_found'));
		await call('succeeded', fails('forbidden'));
		await call('succeeded', () => answer('in_progress'));
		await call('succeeded', fails('forbidden'));
		expect(seen.troubles).toEqual(['forbidden', 'not_found', 'forbidden', 'forbidden']);
	});

	it('whose look takes too long is to be repeated, and says that RunComfy did not answer', async () => {
		const { call, seen, clock } = open();
		const hangs = (signal: AbortSignal) =>
			new Promise<never>((_resolve, reject) => {
				const stop = () => reject(new RunComfyError('aborted', 'x'));
				signal.addEventListener('abort', stop);
			});
		expect(await call('succeeded', hangs)).toBe(503);
		// RunComfy waits for 10 s.
		expect(clock.now()).toBe(EPOCH + 8_000);
		expect(seen.troubles).toEqual(['service_unavailable']);
		expect(seen.says).toBe('RunComfy gave no usable answer within 8 s');
		expect(await call('succeeded', () => Promise.reject(new RunComfyError('not_found', 'x')))).toBe(
			404,
		);
		expect(clock.sleeping()).toBe(0);
	});
});
