import { describe, expect, it } from '@jest/globals';
import { createWorkflowCache, loadWorkflow } from '../../../core/index';
import { clientOf, failure, type Reply } from '../support/virtualHost.mts';
import { GRAPH } from '../support/workflowGraphs.mts';
import { DEPLOYMENT, INFO, INFO_URL, payload, service } from '../support/workflowService.mts';

describe('the workflow of a deployment', () => {
	it('comes with types, large seeds exact, the token kept from the other host', async () => {
		const { client, host } = clientOf(service());
		const { workflow, info } = await loadWorkflow(client, 'dep');
		expect(workflow).toEqual(GRAPH);
		expect(info['KSampler']?.inputs.find(({ name }) => name === 'steps')?.spec).toMatchObject({
			...{ kind: 'integer', min: 1, max: 10000 },
		});
		expect(Object.keys(info)).not.toContain('VHS_VideoCombine');
		expect(host.calls.map(({ path, request }) => [path, request.authenticate])).toEqual([
			['/prod/v2/deployments/dep?includes=payload', true],
			['/object_info.json', false],
		]);
	});

	it('gets its types with the token where they are on the API itself', async () => {
		const own = 'https://api.runcomfy.net/object_info.json';
		const deployment = payload({ workflow_api_json: GRAPH_WITHOUT_BIGINT, object_info_url: own });
		const { client, host } = clientOf(service(deployment));
		await loadWorkflow(client, 'dep');
		expect(host.callsOf('object_info.json')[0]?.request.authenticate).toBe(true);
	});

	it.each([
		['without TLS', 'http://api.runcomfy.net/object_info.json'],
		['at another port', 'https://api.runcomfy.net:8443/object_info.json'],
		['at a subdomain', 'https://x.api.runcomfy.net/object_info.json'],
		['behind the name of the API', 'https://api.runcomfy.net@evil.example/object_info.json'],
		[
			'at a host that begins with its name',
			'https://api.runcomfy.net.evil.example/object_info.json',
		],
	])('gets its types without the token where they are %s', async (_where, url) => {
		const deployment = payload({ workflow_api_json: GRAPH_WITHOUT_BIGINT, object_info_url: url });
		const { client, host } = clientOf(service(deployment));
		await loadWorkflow(client, 'dep');
		expect(host.callsOf('object_info.json')[0]?.request.authenticate).toBe(false);
	});

	it('shows no token that object_info repeats, however it is written', async () => {
		const token = 'secret-token-1234567';
		const written = '\\u0073ecret-token-1234567';
		const info = `{"KSampler":{"input":{"required":{"scheduler":[["${written}","karras"]]}}}}`;
		const { client } = clientOf(service(DEPLOYMENT, { body: info }), { token });
		const { info: read } = await loadWorkflow(client, 'dep');
		expect(read['KSampler']?.inputs[0]?.spec.choices).toEqual(['[token]', 'karras']);
	});

	it('does with what Python writes and JSON does not have', async () => {
		const body =
			'{"KSampler":{"input":{"required":{"cfg":["FLOAT",{"max": Infinity, "min":-Infinity,"tooltip":"up to Infinity\\""}]}}}}';
		const { client } = clientOf(service(DEPLOYMENT, { body }));
		const { info } = await loadWorkflow(client, 'dep');
		expect(info['KSampler']?.inputs[0]?.spec).toEqual({
			kind: 'float',
			tooltip: 'up to Infinity"',
		});
	});

	it.each<[string, Reply | Error]>([
		['is not there', { status: 404, body: 'no' }],
		['redirects', { status: 302, headers: { location: 'https://elsewhere' } }],
		['is not JSON', { body: '<html>' }],
		['is cut off', { chunks: [new TextEncoder().encode('{"KSampler"'), failure('ECONNRESET')] }],
		['does not answer', failure('ECONNREFUSED')],
		['takes too long', { delayMs: 31_000, body: '{}' }],
		['says it is too large', { ...INFO, headers: { 'content-length': '67108865' } }],
	])('does without types if object_info %s', async (_what, info) => {
		const { client } = clientOf(service(DEPLOYMENT, info));
		expect(await loadWorkflow(client, 'dep')).toEqual({
			name: 'dep',
			workflow: GRAPH,
			objectInfoUrl: INFO_URL,
			info: {},
			guessed: expect.stringMatching(/^Types and choices of the inputs are guessed .*object_info/),
		});
	});

	it.each([
		['stops in the middle', [new TextEncoder().encode('{"KSampler"'), 3_600_000]],
		[
			'trickles in',
			Array.from({ length: 60 }, () => [new TextEncoder().encode(' '), 1_000]).flat(),
		],
	])('waits 30 s at most for an object_info that %s', async (_what, chunks) => {
		const { client, clock } = clientOf(service(DEPLOYMENT, { chunks }));
		const begun = clock.now();
		expect((await loadWorkflow(client, 'dep')).info).toEqual({});
		expect(clock.now() - begun).toBeLessThanOrEqual(30_000);
	});

	it.each(['', 'not an address', 'file:///etc/passwd', 7, null])(
		'does without types if the address of object_info is %o',
		async (object_info_url) => {
			const deployment = payload({ workflow_api_json: GRAPH_WITHOUT_BIGINT, object_info_url });
			const { client, host } = clientOf(service(deployment));
			expect((await loadWorkflow(client, 'dep')).info).toEqual({});
			expect(host.calls).toHaveLength(1);
		},
	);

	it('is of the nodes that have a class', async () => {
		const odd = { '1': null, '2': { inputs: {} }, '3': { class_type: '' } };
		const { client } = clientOf(
			service(payload({ workflow_api_json: { ...GRAPH_WITHOUT_BIGINT, ...odd } })),
		);
		expect((await loadWorkflow(client, ' dep ')).workflow).toEqual(GRAPH_WITHOUT_BIGINT);
	});

	it.each<[string, Reply]>([
		['no payload', { body: '{"id":"dep"}' }],
		['no workflow', payload({})],
		['an empty workflow', payload({ workflow_api_json: {} })],
		['something else', payload({ workflow_api_json: { '1': 7, '2': { inputs: {} } } })],
	])('is an error with a way out if the deployment shows %s', async (_what, deployment) => {
		const { client } = clientOf(service(deployment));
		await expect(loadWorkflow(client, 'dep')).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			deploymentId: 'dep',
			hint: expect.stringContaining('JSON'),
		});
	});
});

const GRAPH_WITHOUT_BIGINT = { '6': GRAPH['6'] };

describe('what is kept', () => {
	it('answers for a minute, and not when the newest is asked for', async () => {
		const { client, host, clock } = clientOf(service());
		const cache = createWorkflowCache();
		await loadWorkflow(client, 'dep', { cache });
		await clock.sleep(59_000);
		await loadWorkflow(client, 'dep', { cache });
		expect(host.calls).toHaveLength(2);
		await loadWorkflow(client, 'dep', { cache, fresh: true });
		expect(host.callsOf('dep')).toHaveLength(2);
		expect(host.callsOf('object_info.json')).toHaveLength(1);
		await clock.sleep(61_000);
		await loadWorkflow(client, 'dep', { cache });
		expect(host.callsOf('dep')).toHaveLength(3);
		expect(host.callsOf('object_info.json')).toHaveLength(2);
	});

	it('is kept for hours of what ComfyUI says to one version of a workflow', async () => {
		const deployment = (version: string): Reply => ({
			body: JSON.stringify({
				...{ id: 'dep', workflow_id: 'w', workflow_version: version },
				payload: { workflow_api_json: GRAPH_WITHOUT_BIGINT, object_info_url: INFO_URL },
			}),
		});
		let version = 'v1';
		const { client, host, clock } = clientOf((call) => service(deployment(version))(call, 1));
		const cache = createWorkflowCache();
		await loadWorkflow(client, 'dep', { cache });
		await clock.sleep(3_600_000);
		await loadWorkflow(client, 'dep', { cache });
		expect(host.callsOf('object_info.json')).toHaveLength(1);
		version = 'v2';
		await loadWorkflow(client, 'dep', { cache, fresh: true });
		expect(host.callsOf('object_info.json')).toHaveLength(2);
	});

	it('is of one cache only', async () => {
		const { client, host } = clientOf(service());
		await loadWorkflow(client, 'dep', { cache: createWorkflowCache() });
		await loadWorkflow(client, 'dep', { cache: createWorkflowCache() });
		expect(host.calls).toHaveLength(4);
	});

	it('is not every deployment ever seen', async () => {
		const { client } = clientOf(service());
		const cache = createWorkflowCache();
		for (let index = 0; index < 60; index += 1) await loadWorkflow(client, `d${index}`, { cache });
		expect(cache.workflows.size).toBe(50);
		expect(cache.workflows.has('d59')).toBe(true);
	});

	it('is what was read last', async () => {
		const { client } = clientOf(service());
		const cache = createWorkflowCache();
		for (let index = 0; index < 50; index += 1) await loadWorkflow(client, `d${index}`, { cache });
		await loadWorkflow(client, 'd0', { cache, fresh: true });
		await loadWorkflow(client, 'd50', { cache });
		expect(['d0', 'd1'].map((id) => cache.workflows.has(id))).toEqual([true, false]);
	});

	it('is asked for again after sixty seconds', async () => {
		const { client, host, clock } = clientOf(service());
		const cache = createWorkflowCache();
		await loadWorkflow(client, 'dep', { cache });
		await clock.sleep(60_000);
		await loadWorkflow(client, 'dep', { cache });
		expect(host.callsOf('dep')).toHaveLength(2);
	});

	it.each([{ workflow_id: 'w' }, { workflow_version: 'v1' }])(
		'is of a version only if that is told whole: %j',
		async (told) => {
			const body = JSON.stringify({
				...{ id: 'dep', payload: { workflow_api_json: GRAPH_WITHOUT_BIGINT }, ...told },
			});
			const { client } = clientOf(service({ body }));
			expect(await loadWorkflow(client, 'dep')).not.toHaveProperty('version');
		},
	);

	it('is never an error', async () => {
		let up = false;
		const { client, host } = clientOf((call) =>
			up ? service()(call, 1) : { status: 403, body: '{}' },
		);
		const cache = createWorkflowCache();
		await expect(loadWorkflow(client, 'dep', { cache })).rejects.toMatchObject({
			code: 'forbidden',
		});
		up = true;
		await loadWorkflow(client, 'dep', { cache });
		expect(host.callsOf('dep')).toHaveLength(2);
	});
});
