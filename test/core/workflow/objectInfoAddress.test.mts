// The address of an object_info comes from an answer: it must lead to no private network, and the token not out of the API.
import { expect, it } from '@jest/globals';
import { createClient, loadWorkflow } from '../../../core/index';
import { createVirtualHost, json } from '../support/virtualHost.mts';

const WORKFLOW = { 3: { class_type: 'KSampler', inputs: { seed: 1 } } };

async function asked(
	object_info_url: string,
	options: { baseUrl?: string; allowPrivate?: boolean } = {},
) {
	const payload = { workflow_api_json: WORKFLOW, object_info_url };
	const host = createVirtualHost(({ leaf }) =>
		leaf === 'dep-1' ? json({ id: 'dep-1', payload }) : json({ KSampler: {} }),
	);
	await loadWorkflow(createClient({ host, ...options }), 'dep-1');
	return host.calls.at(-1)?.request;
}

it.each(['http://169.254.169.254/latest/object_info', 'https://store.example/object_info'])(
	'%s is fetched from public addresses only, and without the token',
	async (url) => {
		expect(await asked(url)).toMatchObject({ url, publicOnly: true, authenticate: false });
	},
);

it.each([{ allowPrivate: true }, { baseUrl: 'http://127.0.0.1:4010' }])(
	'may be private with %j',
	async (options) => {
		expect(await asked('http://10.0.0.1/object_info', options)).toMatchObject({
			publicOnly: false,
		});
	},
);

it.each([
	['https://proxy.example/runcomfy/object_info', true],
	['https://proxy.example/runcomfy', false],
	['https://proxy.example/runcomfy-not/object_info', false],
	['https://proxy.example/runcomfy/../other/object_info', false],
	['https://proxy.example:444/runcomfy/object_info', false],
])('%s gets the token: %p', async (url, authenticate) => {
	const options = { baseUrl: 'https://proxy.example/runcomfy' };
	expect(await asked(url, options)).toMatchObject({ authenticate });
});
