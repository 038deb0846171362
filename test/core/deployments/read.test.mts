// How deployments are read and listed.
import { describe, expect, it } from '@jest/globals';
import { getDeployment, listDeployments, listedDeployments } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import { clientOf, json } from '../support/virtualHost.mts';

const DEPLOYMENT = {
	id: 'a1b2',
	name: 'Pictures',
	hardware: ['AMPERE_48'],
	status: 'standby',
	is_enabled: true,
	created_at: 'A',
	updated_at: 'B',
	something_new: { x: 1 },
};

describe('the list of deployments', () => {
	it.each([
		['a bare list', [DEPLOYMENT]],
		['a list within', { deployments: [DEPLOYMENT] }],
		['a list with odd entries', [null, 7, {}, { id: '' }, 'x', DEPLOYMENT]],
	])('as %s', async (_form, body) => {
		const { client } = clientOf(json(body));
		expect(await listDeployments(client)).toEqual([DEPLOYMENT]);
	});

	it('to choose from is by name, and tells which of them share one', () => {
		const [x, y, z] = ['x', 'y', 'z'].map((id) => ({ id, name: 'twins' }));
		const one = { id: 'a', name: 'one', is_enabled: false };
		expect(listedDeployments([z!, x!, one])).toEqual([
			{ id: 'a', name: 'one', disabled: true, ambiguous: false },
			{ id: 'x', name: 'twins', disabled: false, ambiguous: true },
			{ id: 'z', name: 'twins', disabled: false, ambiguous: true },
		]);
		expect(listedDeployments([y!])).toEqual([
			{ id: 'y', name: 'twins', disabled: false, ambiguous: false },
		]);
	});
});

describe('one deployment', () => {
	it('comes with every field, its payload if it has one', async () => {
		const payload = { workflow_api_json: {}, overrides: {}, object_info_url: 'https://x' };
		const full = { ...DEPLOYMENT, payload, readme: '# R' };
		expect(await getDeployment(clientOf(json(full)).client, ' a1b2 ')).toEqual(full);
		const { payload: none, ...rest } = await getDeployment(
			clientOf(json({ ...DEPLOYMENT, payload: null })).client,
			'a1b2',
		);
		expect(none).toBeUndefined();
		expect(rest).toEqual(DEPLOYMENT);
	});

	it('keeps the seeds of its workflow digit for digit, in the list, too', async () => {
		const seed = 18446744073709551615n;
		const one = `{"id":"a1b2","payload":{"workflow_api_json":{"3":{"inputs":{"seed":${seed}}}}}}`;
		const alone = await getDeployment(clientOf({ body: one }).client, 'a1b2');
		const [listed] = await listDeployments(clientOf({ body: `[${one}]` }).client);
		for (const { payload } of [alone, listed ?? unreachable('no deployment')]) {
			expect(payload?.workflow_api_json?.['3']?.inputs['seed']).toBe(seed);
		}
	});

	it.each(['', '[]', '{}', '{"id":null}'])('cannot be %j', async (body) => {
		await expect(getDeployment(clientOf({ body }).client, 'a1b2')).rejects.toMatchObject({
			code: 'bad_response',
			deploymentId: 'a1b2',
			message: expect.stringMatching(/^The answer holds no deployment/),
		});
	});
});
