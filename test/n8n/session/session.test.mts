// What the calls of one execution share, and what the credential gives.
import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { Parked } from '../../../nodes/RunComfy/session/parking.ts';
import {
	cancelsOnAbort,
	GaveUp,
	openClient,
	openSession,
	type RunSession,
} from '../../../nodes/RunComfy/session/session.ts';

const contextWith = (credential: object, more: object = {}): IExecuteFunctions =>
	({
		getCredentials: async () => credential,
		...more,
	}) as unknown as IExecuteFunctions;
const TOKEN = { apiToken: 'token', baseUrl: 'https://api.test' };

describe('a session', () => {
	it('has the account of the credential, and its secrets', async () => {
		const session = await openSession(
			contextWith({ ...TOKEN, apiToken: ' token\n', comfyOrgApiKey: ' key ', apiVersion: ' v2 ' }),
		);
		expect(session.client).toMatchObject({
			...{ baseUrl: 'https://api.test', apiVersion: 'v2', allowPrivate: false },
		});
		expect(session.secrets).toEqual(['token', 'key']);
		expect(session.host.partnerKey).toBe('key');
		expect(session.signal).toBeUndefined();
		expect(session.hinted.size).toBe(0);
	});

	it.each([{}, { comfyOrgApiKey: '' }, { comfyOrgApiKey: '  ' }, { comfyOrgApiKey: undefined }])(
		'has no other secret than the token where there is no other key: %j',
		async (more) => {
			const session = await openSession(contextWith({ ...TOKEN, ...more }));
			expect(session.secrets).toEqual(['token']);
			expect(session.host.partnerKey).toBeUndefined();
		},
	);

	it.each([
		[true, true],
		[false, false],
		['true', false],
	])('reaches private addresses where the credential says %j: %s', async (given, expected) => {
		const { client } = await openSession(contextWith({ ...TOKEN, allowPrivateAddresses: given }));
		expect(client.allowPrivate).toBe(expected);
	});

	it.each([{}, { apiToken: '' }, { apiToken: ' ' }, { apiToken: 7 }])(
		'is not opened without a token: %j',
		async (credential) => {
			const opening = openSession(contextWith({ baseUrl: 'https://api.test', ...credential }));
			await expect(opening).rejects.toMatchObject({
				...{ code: 'auth_failed', hint: expect.stringContaining('paste the API token') },
			});
		},
	);

	it('aborts when the execution is stopped', async () => {
		const { signal } = new AbortController();
		const context = contextWith(TOKEN, { getExecutionCancelSignal: () => signal });
		expect((await openSession(context)).signal).toBe(signal);
	});

	it('shares what was read of deployments with those of the same account alone', async () => {
		const cacheOf = async (more: object) =>
			(await openSession(contextWith({ ...TOKEN, ...more }))).workflows;
		const first = await cacheOf({});
		expect(await cacheOf({})).toBe(first);
		expect(await cacheOf({ apiToken: 'other' })).not.toBe(first);
		expect(await cacheOf({ baseUrl: 'https://other.test' })).not.toBe(first);
		// Of twenty accounts, those that were used last.
		for (let n = 0; n < 17; n += 1) await cacheOf({ apiToken: `more${n}` });
		expect(await cacheOf({})).toBe(first);
		for (let n = 0; n < 19; n += 1) await cacheOf({ apiToken: `others${n}` });
		expect(await cacheOf({})).toBe(first);
		for (let n = 0; n < 20; n += 1) await cacheOf({ apiToken: `even more${n}` });
		expect(await cacheOf({})).not.toBe(first);
	});

	it('has the client that a call has that is no part of a run', async () => {
		expect(await openClient(contextWith(TOKEN))).toMatchObject({ baseUrl: 'https://api.test' });
		await expect(openClient(contextWith({}))).rejects.toMatchObject({ code: 'auth_failed' });
	});
});

describe('a request whose wait is broken off', () => {
	const after = (reason: unknown, { onStop = false, onFailure = false } = {}) =>
		cancelsOnAbort({ signal: AbortSignal.abort(reason) } as RunSession, { onStop, onFailure });

	it('goes on where the execution is parked', () => {
		expect(after(new Parked(), { onStop: true, onFailure: true })).toBe(false);
	});

	it('is canceled for another that has failed as both of them say', () => {
		expect(after(new GaveUp(true), { onFailure: true })).toBe(true);
		expect(after(new GaveUp(false), { onFailure: true, onStop: true })).toBe(false);
		expect(after(new GaveUp(true), { onStop: true })).toBe(false);
	});

	it('is canceled at a stop as that says', () => {
		expect([after('stop', { onStop: true }), after('stop', { onFailure: true })]).toEqual([
			...[true, false],
		]);
		const noSignal = { signal: undefined } as RunSession;
		expect(cancelsOnAbort(noSignal, { onStop: true, onFailure: false })).toBe(true);
	});
});
