import { describe, expect, it } from '@jest/globals';
import { cancel, getResult, getStatus, submit } from '../../../core/index';
import { REF } from '../support/fakeJob.mts';
import { clientOf, json } from '../support/virtualHost.mts';

const URLS = {
	status_url: 'https://api.runcomfy.net/prod/v2/deployments/DEP/requests/REQ/status',
	result_url: 'https://api.runcomfy.net/prod/v2/deployments/DEP/requests/REQ/result',
};
const IDS = { request_id: REF.requestId, deployment_id: REF.deploymentId };

describe.each(['v1', 'v2'])('answers on %s', (apiVersion) => {
	const answering = (body: unknown, status = 200) => clientOf(json(body, status), { apiVersion });

	it.each([200, 201, 202])('a submit, accepted with HTTP %i', async (status) => {
		const { client } = answering({ request_id: 'REQ', ...URLS, cancel_url: 'https://x/' }, status);
		expect(await submit(client, { deploymentId: ' dep-1 ' })).toEqual({
			request_id: 'REQ',
			deployment_id: 'dep-1',
			status: 'in_queue',
			...URLS,
			cancel_url: 'https://x/',
		});
	});

	it('a submit whose id is a number', async () => {
		const { client } = answering({ request_id: 42 });
		expect(await submit(client, { deploymentId: 'dep-1' })).toMatchObject({ request_id: '42' });
	});

	it.each([
		[
			{ status: 'in_queue', queue_position: 1 },
			{ status: 'in_queue', queue_position: 1 },
		],
		[{ status: 'in_queue', queue_position: null }, { status: 'in_queue' }],
		[
			{ status: 'in_queue', queue_position: 0 },
			{ status: 'in_queue', queue_position: 0 },
		],
		[{ status: 'in_progress' }, { status: 'in_progress' }],
		[
			{ status: 'in_progress', instance_id: 'i-1' },
			{ status: 'in_progress', instance_id: 'i-1' },
		],
		[
			{ status: 'completed', instance_id: 'i-1' },
			{ status: 'completed', instance_id: 'i-1' },
		],
		[{ status: 'canceled' }, { status: 'canceled' }],
		[{ status: 'cancelled' }, { status: 'canceled' }],
		[{ status: 'warming' }, { status: 'unknown', reported_status: 'warming' }],
	])('a status: %j', async (said, read) => {
		const raw = { request_id: 'REQ', ...URLS, ...said };
		const { client } = answering(raw);
		expect(await getStatus(client, REF)).toEqual({ ...IDS, ...read, raw });
	});

	it.each([
		[
			{ status: 'in_queue', created_at: 'T' },
			{ status: 'in_queue', created_at: 'T' },
		],
		[{ status: 'in_progress' }, { status: 'in_progress' }],
		[
			{ status: 'cancelled', created_at: 'A', finished_at: 'B' },
			{ status: 'canceled', created_at: 'A', finished_at: 'B' },
		],
		[
			{ status: 'succeeded', outputs: { 9: { images: [] } }, instance_id: 'i-1' },
			{ status: 'succeeded', outputs: { 9: { images: [] } }, instance_id: 'i-1' },
		],
		[
			{ status: 'completed', outputs: {} },
			{ status: 'succeeded', outputs: {} },
		],
		[
			{ status: 'succeeded', output: { 9: {} } },
			{ status: 'succeeded', outputs: { 9: {} } },
		],
		[{ status: 'succeeded', outputs: [] }, { status: 'succeeded' }],
		[
			{ status: 'failed', error: 'boom', log_url: 'https://log' },
			{ status: 'failed', error: [{ details: 'boom' }], log_url: 'https://log' },
		],
		[
			{ status: 'failed', errors: ['boom'] },
			{ status: 'failed', error: [{ details: 'boom' }] },
		],
		[
			{ status: 'failed', message: 'boom' },
			{ status: 'failed', error: [{ details: 'boom' }] },
		],
		[{ status: 'failed' }, { status: 'failed', error: [] }],
		[{ status: 'odd' }, { status: 'unknown', reported_status: 'odd' }],
	])('a result: %j', async (said, read) => {
		const raw = { request_id: 'REQ', ...said };
		const { client } = answering(raw);
		expect(await getResult(client, REF)).toEqual({ ...IDS, ...read, raw });
	});

	it.each([
		[{ request_id: 'REQ', status: 'cancellation_requested' }, 'cancellation_requested'],
		[{ request_id: 'REQ', status: 'not_cancellable' }, 'not_cancellable'],
		[{ request_id: 'REQ', status: 'completed', outcome: 'cancelled' }, 'cancellation_requested'],
		[{ request_id: 'REQ', status: 'completed', outcome: 'not_cancellable' }, 'not_cancellable'],
		[[], 'unknown'],
	])('a cancel: %j', async (said, status) => {
		const { client } = answering(said, 202);
		expect(await cancel(client, REF)).toMatchObject({ ...IDS, status });
	});

	it('a cancel is a POST to the request, without a body', async () => {
		const { client, host } = answering({ status: 'cancellation_requested' }, 202);
		await cancel(client, REF);
		expect(host.calls).toMatchObject([
			{
				request: { method: 'POST', authenticate: true },
				path: `/prod/${apiVersion}/deployments/dep-1/requests/req-1/cancel`,
			},
		]);
		expect(host.calls[0]?.request).not.toHaveProperty('body');
	});

	it('a cancel with an empty body is neither accepted nor refused', async () => {
		const { client } = clientOf({ status: 204, body: '' }, { apiVersion });
		expect(await cancel(client, REF)).toEqual({ ...IDS, status: 'unknown', raw: {} });
	});

	it('a byte order mark before the JSON', async () => {
		const { client } = clientOf({ body: '\uFEFF{"status":"in_queue"}' }, { apiVersion });
		expect(await getStatus(client, REF)).toMatchObject({ status: 'in_queue' });
	});
});

describe('an answer that tells no state', () => {
	it.each([
		['empty', ''],
		['blank', ' \n'],
		['null', 'null'],
		['a list', '[]'],
		['a number', '7'],
		['a text', '"completed"'],
		['no status', '{"request_id":"REQ"}'],
		['a status of another type', '{"status":7}'],
		['truncated', '{"request_id":"REQ","status":"comple'],
		['HTML', '<!doctype html><html><title>Welcome</title></html>'],
	])('%s: bad_response, after repeating the read', async (_name, body) => {
		for (const read of [getStatus, getResult]) {
			const { client, host } = clientOf({ body });
			await expect(read(client, REF)).rejects.toMatchObject({
				code: 'bad_response',
				...REF,
				httpStatus: 200,
			});
			expect(host.calls.length).toBe(6);
		}
	});

	it('is read again, and the better answer counts', async () => {
		const { client, host } = clientOf((_call, number) =>
			number < 3 ? { body: '{"status":' } : json({ status: 'completed' }),
		);
		expect(await getStatus(client, REF)).toMatchObject({ status: 'completed' });
		expect(host.calls.length).toBe(3);
	});
});
