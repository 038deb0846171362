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

it('a refused update says which field RunComfy refused, and why', async () => {
	const detail = [{ loc: ['body', 'min_instances'], msg: 'at most 30', type: 'x' }];
	const { client } = clientOf(json({ error_code: 422001, error_message: 'no', detail }, 422));
	await expect(updateDeployment(client, 'dep-1', { name: 'New' })).rejects.toMatchObject({
		code: 'invalid_request',
		httpStatus: 422,
		message: 'RunComfy answered: no: min_instances: at most 30 (code 422001)',
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

	it('reads the deployment if the answer to the change is empty', async () => {
		const { client, host } = clientOf(({ request }) =>
			request.method === 'PATCH' ? { body: '' } : json(DEPLOYMENT),
		);
		expect(await updateDeployment(client, 'dep-1', { name: 'Pictures' })).toEqual(DEPLOYMENT);
		expect(host.calls.map(({ request }) => request.method)).toEqual(['PATCH', 'GET']);
	});
});
