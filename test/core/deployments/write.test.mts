// Updating a deployment: the body, and the outcome after a failure.
import { describe, expect, it } from '@jest/globals';
import { updateDeployment } from '../../../core/index';
import { clientOf, json } from '../support/virtualHost.mts';

const DEPLOYMENT = {
	id: 'dep-1',
	name: 'Pictures',
	workflow_version: 'v1',
	hardware: ['AMPERE_48'],
	min_instances: 0,
	max_instances: 2,
	status: 'standby',
	is_enabled: true,
};

const bodies = (host: { calls: Array<{ request: { body?: string } }> }) =>
	host.calls.map(({ request }) =>
		request.body === undefined ? undefined : JSON.parse(request.body),
	);

it('a refused update names the fields as people know them', async () => {
	const detail = [
		{ loc: ['body', 'min_instances'], msg: 'at most 30', type: 'x' },
		{ loc: ['body', 'hardware'], msg: 'not one of A, B', type: 'x' },
		{ loc: ['body', 'something_new'], msg: 'left out', type: 'x' },
		{ loc: ['body', 'toString'], msg: 'left out', type: 'x' },
		{ loc: ['queue_size'], msg: 'at most 100', type: 'x' },
		{ loc: ['body', 'name'], msg: 7, type: 'x' },
	];
	const { client } = clientOf(json({ error_code: 422001, error_message: 'no', detail }, 422));
	await expect(updateDeployment(client, 'dep-1', { name: 'New' })).rejects.toMatchObject({
		code: 'invalid_request',
		httpStatus: 422,
		message:
			'RunComfy refused Min Instances: at most 30; Hardware: not one of A, B; Queue Size: at most 100',
		details: { error_code: 422001, detail },
	});
});

it('a refusal with a detail of another form keeps the words of the service', async () => {
	const detail = [{ loc: 'body', msg: 'no' }, 'x', null];
	const { client } = clientOf(json({ error_code: 422001, error_message: 'said', detail }, 422));
	await expect(updateDeployment(client, 'dep-1', { name: 'New' })).rejects.toMatchObject({
		message: 'RunComfy answered: said: no (code 422001)',
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
