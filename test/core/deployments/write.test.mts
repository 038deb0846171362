// Creating, updating and deleting deployments: the body, and the outcome after a failure.
import { describe, expect, it } from '@jest/globals';
import {
	type Client,
	createDeployment,
	deleteDeployment,
	updateDeployment,
} from '../../../core/index';
import { abortError } from '../../support/virtualClock.mts';
import { clientOf, failure, json, type Reply, sequence } from '../support/virtualHost.mts';
import { FIELDS } from '../support/workflows.mts';

const DEPLOYMENT = { ...FIELDS, id: 'dep-1', status: 'standby', is_enabled: true };

const bodies = (host: { calls: Array<{ request: { body?: string } }> }) =>
	host.calls.map(({ request }) =>
		request.body === undefined ? undefined : JSON.parse(request.body),
	);

describe('creating a deployment', () => {
	it('posts all eight fields to v2, whatever the version of the queue', async () => {
		const { client, host } = clientOf(json(DEPLOYMENT), { apiVersion: 'v1' });
		expect(await createDeployment(client, FIELDS)).toEqual(DEPLOYMENT);
		expect(host.calls).toHaveLength(1);
		expect(host.calls[0]?.path).toBe('/prod/v2/deployments');
		expect(host.calls[0]?.request).toMatchObject({ method: 'POST', authenticate: true });
		expect(bodies(host)).toEqual([FIELDS]);
	});

	it('is not repeated if no answer comes in time: it may exist', async () => {
		const { client, host } = clientOf({ delayMs: Infinity });
		await expect(createDeployment(client, FIELDS)).rejects.toMatchObject({
			code: 'submit_unconfirmed',
			retryable: false,
			message: expect.stringContaining('whether RunComfy created the deployment "Pictures"'),
			hint: expect.stringContaining('Look for "Pictures" among your deployments'),
		});
		expect(host.calls).toHaveLength(1);
	});

	it.each([
		['a text', 'workflow has no version v9', 'said: workflow has no version v9'],
		['of another form', [{ loc: 'body', msg: 'no' }, 'x', null], 'said: no'],
	])(
		'refused with a detail that is %s keeps the words of the service',
		async (_what, detail, said) => {
			const { client } = clientOf(json({ error_code: 422001, error_message: 'said', detail }, 422));
			await expect(createDeployment(client, FIELDS)).rejects.toMatchObject({
				message: `RunComfy answered: ${said} (code 422001)`,
			});
		},
	);

	it('stopped on its way says where to look', async () => {
		const { client, clock } = clientOf({ delayMs: Infinity });
		const stop = new AbortController();
		const created = createDeployment(client, FIELDS, { signal: stop.signal });
		void clock.sleep(1000).then(() => stop.abort(abortError()));
		await expect(created).rejects.toMatchObject({
			code: 'aborted',
			hint: expect.stringContaining('Look for "Pictures"'),
		});
	});
});

it.each<[string, (client: Client) => Promise<unknown>]>([
	['create', (client) => createDeployment(client, FIELDS)],
	['update', (client) => updateDeployment(client, 'dep-1', { name: 'New' })],
])('a refused %s names the fields as people know them', async (_what, call) => {
	const detail = [
		{ loc: ['body', 'min_instances'], msg: 'at most 30', type: 'x' },
		{ loc: ['body', 'hardware'], msg: 'not one of A, B', type: 'x' },
		{ loc: ['body', 'something_new'], msg: 'left out', type: 'x' },
		{ loc: ['body', 'toString'], msg: 'left out', type: 'x' },
		{ loc: ['queue_size'], msg: 'at most 100', type: 'x' },
		{ loc: ['body', 'name'], msg: 7, type: 'x' },
	];
	const { client } = clientOf(json({ error_code: 422001, error_message: 'no', detail }, 422));
	await expect(call(client)).rejects.toMatchObject({
		code: 'invalid_request',
		httpStatus: 422,
		message:
			'RunComfy refused Min Instances: at most 30; Hardware: not one of A, B; Queue Size: at most 100',
		details: { error_code: 422001, detail },
	});
});

describe('updating a deployment', () => {
	it('sends the name along that it has, since the service wants one every time', async () => {
		const { client, host } = clientOf(json(DEPLOYMENT));
		expect(await updateDeployment(client, ' dep-1 ', { is_enabled: false })).toEqual(DEPLOYMENT);
		expect(host.calls.map(({ request, path }) => [request.method, path])).toEqual([
			['GET', '/prod/v2/deployments/dep-1'],
			['PATCH', '/prod/v2/deployments/dep-1'],
		]);
		expect(bodies(host)).toEqual([undefined, { name: 'Pictures', is_enabled: false }]);
	});

	it('gives no name to one that has none', async () => {
		const { client, host } = clientOf(json({ ...DEPLOYMENT, name: '' }));
		await updateDeployment(client, 'dep-1', { is_enabled: false });
		expect(bodies(host)).toEqual([undefined, { is_enabled: false }]);
	});

	it.each([
		['raise the fewest above the most', {}, { min_instances: 3 }, [3, 2]],
		['lower the most below the fewest', { min_instances: 2 }, { max_instances: 1 }, [2, 1]],
	])('does not %s that it has', async (_what, has, changes, [min, max]) => {
		const { client, host } = clientOf(json({ ...DEPLOYMENT, ...has }));
		await expect(updateDeployment(client, 'dep-1', changes)).rejects.toMatchObject({
			code: 'invalid_input',
			message: `Min Instances (${min}) is larger than Max Instances (${max})`,
		});
		expect(host.calls.map(({ request }) => request.method)).toEqual(['GET']);
	});

	it('lets other changes pass, however odd the present settings are', async () => {
		const { client, host } = clientOf(json({ ...DEPLOYMENT, min_instances: 9 }));
		await updateDeployment(client, 'dep-1', { queue_size: 2 });
		expect(host.calls).toHaveLength(2);
	});

	it('reads the deployment if the answer to the change is empty', async () => {
		const { client, host } = clientOf(({ request }) =>
			request.method === 'PATCH' ? { body: '' } : json(DEPLOYMENT),
		);
		expect(await updateDeployment(client, 'dep-1', { name: 'Pictures' })).toEqual(DEPLOYMENT);
		expect(host.calls.map(({ request }) => request.method)).toEqual(['PATCH', 'GET']);
	});
});

const GONE = json({ error_code: 404001, error_message: 'Deployment not found' }, 404);

describe('deleting a deployment', () => {
	it('is done with an answer that is empty', async () => {
		const { client, host } = clientOf({ status: 204, body: '' });
		expect(await deleteDeployment(client, ' dep-1 ')).toEqual({ deleted: true, id: 'dep-1' });
		expect(host.calls).toMatchObject([
			{ request: { method: 'DELETE' }, path: '/prod/v2/deployments/dep-1' },
		]);
	});

	it.each<[string, Reply]>([
		['404', GONE],
		['"deleted"', json({ error_code: 10003, error_message: 'deleted' })],
	])('is done when a second call finds %s: the first arrived', async (_what, reply) => {
		const { client, host } = clientOf(sequence(failure('ECONNRESET'), reply));
		expect(await deleteDeployment(client, 'dep-1')).toEqual({ deleted: true, id: 'dep-1' });
		expect(host.calls).toHaveLength(2);
	});

	it.each<[string, Array<Reply | Error>]>([
		['at once', [GONE]],
		['after a call that did not arrive', [json({}, 429), GONE]],
	])('of one that is not there, found %s, is not_found', async (_what, replies) => {
		const { client } = clientOf(sequence(...replies));
		await expect(deleteDeployment(client, 'dep-1')).rejects.toMatchObject({
			code: 'not_found',
			deploymentId: 'dep-1',
		});
	});
});
