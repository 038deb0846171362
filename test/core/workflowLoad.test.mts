import { describe, expect, it } from 'vitest';
import {
	createWorkflowCache,
	createWorkflowReader,
	findProblems,
	judge,
	loadWorkflow,
	refuse,
	stringifyJson,
	type SubmitInput,
	type WorkflowReader,
} from '../../core/index';
import { clientOf, failure, type Reply, type Script, type Seen } from './virtualHost.mjs';
import { GRAPH, OBJECT_INFO } from './workflowGraphs.mjs';

const INFO_URL = 'https://files.example.com/object_info.json';
const DEPLOYMENT: Reply = {
	body: stringifyJson({
		id: 'dep',
		payload: { workflow_api_json: GRAPH, overrides: {}, object_info_url: INFO_URL },
	}),
};
const INFO: Reply = { body: JSON.stringify(OBJECT_INFO) };

/** A service with one deployment, or what a test says of it. */
const service =
	(deployment: Reply | Error = DEPLOYMENT, info: Reply | Error = INFO): Script =>
	({ leaf }: Seen) =>
		leaf === 'object_info.json' ? info : deployment;

const payload = (fields: object): Reply => ({
	body: JSON.stringify({ id: 'dep', payload: fields }),
});

/** The check before a submit, as both hosts put it together. */
async function preflight(read: WorkflowReader, input: SubmitInput) {
	const { findings, known } = await judge(read, input, (found) => ({
		findings: findProblems(input, found),
	}));
	refuse(findings);
	return known;
}

describe('the workflow of a deployment', () => {
	it('comes with types, large seeds exact, the token kept from the other host', async () => {
		const { client, host } = clientOf(service());
		const { workflow, info } = await loadWorkflow(client, 'dep');
		expect(workflow).toEqual(GRAPH);
		expect(info['KSampler']?.['steps']).toEqual({ kind: 'integer', min: 1, max: 10000 });
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

	it.each<[string, Reply | Error]>([
		['is not there', { status: 404, body: 'no' }],
		['redirects', { status: 302, headers: { location: 'https://elsewhere' } }],
		['is not JSON', { body: '<html>' }],
		['is cut off', { chunks: [new TextEncoder().encode('{"KSampler"'), failure('ECONNRESET')] }],
		['does not answer', failure('ECONNREFUSED')],
		['takes too long', { delayMs: 9_000, body: '{}' }],
		['says it is too large', { ...INFO, headers: { 'content-length': '10485761' } }],
		['is too large', { body: JSON.stringify({ ...OBJECT_INFO, filler: ' '.repeat(10_485_760) }) }],
	])('does without types where object_info %s', async (_what, info) => {
		const { client } = clientOf(service(DEPLOYMENT, info));
		expect(await loadWorkflow(client, 'dep')).toEqual({
			workflow: GRAPH,
			objectInfoUrl: INFO_URL,
			info: {},
		});
	});

	it.each([
		['stops in the middle', [new TextEncoder().encode('{"KSampler"'), 3_600_000]],
		[
			'trickles in',
			Array.from({ length: 60 }, () => [new TextEncoder().encode(' '), 1_000]).flat(),
		],
	])('waits 8 s at most for an object_info that %s', async (_what, chunks) => {
		const { client, clock } = clientOf(service(DEPLOYMENT, { chunks }));
		const begun = clock.now();
		expect((await loadWorkflow(client, 'dep')).info).toEqual({});
		expect(clock.now() - begun).toBeLessThanOrEqual(8_000);
	});

	it.each(['', 'not an address', 'file:///etc/passwd', 7, null])(
		'does without types where their address is %o',
		async (object_info_url) => {
			const deployment = payload({ workflow_api_json: GRAPH_WITHOUT_BIGINT, object_info_url });
			const { client, host } = clientOf(service(deployment));
			expect((await loadWorkflow(client, 'dep')).info).toEqual({});
			expect(host.calls).toHaveLength(1);
		},
	);

	it.each<[string, Reply]>([
		['no payload', { body: '{"id":"dep"}' }],
		['no workflow', payload({})],
		['an empty workflow', payload({ workflow_api_json: {} })],
		['something else', payload({ workflow_api_json: { '1': 7, '2': { inputs: {} } } })],
	])('is an error with a way out where the deployment shows %s', async (_what, deployment) => {
		const { client } = clientOf(service(deployment));
		await expect(loadWorkflow(client, 'dep')).rejects.toMatchObject({
			code: 'bad_response',
			retryable: false,
			deploymentId: 'dep',
			hint: expect.stringContaining('JSON') as string,
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

describe('the reader of one flow', () => {
	it('asks once for a deployment, however many items want it at a time', async () => {
		const { client, host } = clientOf(service(), { latencyMs: 50 });
		const read = createWorkflowReader(client);
		const known = await Promise.all(
			Array.from({ length: 100 }, () => read({ deploymentId: 'dep' })),
		);
		expect(known.every(({ workflow, warnings }) => workflow && warnings.length === 0)).toBe(true);
		expect(known[99]?.info).toHaveProperty('KSampler');
		expect(host.calls).toHaveLength(2);
	});

	it('asks once for the types of a cache that many want', async () => {
		const { client, host } = clientOf(service(), { latencyMs: 50 });
		const read = createWorkflowReader(client, { cache: createWorkflowCache() });
		const graphs = ['KSampler', 'LoadImage', 'VHS_VideoCombine'].map((class_type) => ({
			'1': { class_type, inputs: {} },
		}));
		const known = await Promise.all(
			[...graphs, ...graphs].map((workflowApiJson) =>
				read({ deploymentId: 'dep', workflowApiJson }),
			),
		);
		expect(known.map(({ info }) => Object.keys(info).join())).toEqual([
			...['KSampler', 'LoadImage', 'VHS_VideoCombine'],
			...['KSampler', 'LoadImage', 'VHS_VideoCombine'],
		]);
		expect(host.callsOf('object_info.json').length).toBeLessThanOrEqual(3);
	});

	it.each<[string, Reply | Error, RegExp]>([
		['another account’s', { status: 403, body: '{"message":"Forbidden"}' }, /Forbidden/],
		['without payload', { body: '{"id":"dep"}' }, /shows no workflow/],
		['out of reach', failure('ECONNREFUSED'), /ECONNREFUSED/],
		['silent', { delayMs: 50_000, body: '{}' }, /no answer within 10 s/],
	])('warns, and goes on, where a deployment is %s', async (_what, deployment, why) => {
		const { client, clock, host } = clientOf(service(deployment));
		const begun = clock.now();
		const read = createWorkflowReader(client);
		const overrides = { '404': { inputs: { nothing: 'fits' } } };
		const known = await preflight(read, { deploymentId: 'dep', overrides });
		await preflight(read, { deploymentId: 'dep', overrides });
		expect(known.workflow).toBeUndefined();
		expect(known.warnings).toEqual([expect.stringMatching(/^The inputs were not checked/)]);
		expect(known.warnings[0]).toMatch(why);
		expect(clock.now() - begun).toBeLessThanOrEqual(10_000);
		expect(host.callsOf('dep').length).toBeLessThanOrEqual(2);
	});

	it('still knows a workflow that is sent along', async () => {
		const { client } = clientOf(service({ status: 403, body: '{}' }));
		const known = await createWorkflowReader(client)({
			deploymentId: 'dep',
			workflowApiJson: GRAPH,
		});
		expect(known).toMatchObject({ workflow: GRAPH, info: {}, warnings: [expect.any(String)] });
	});

	it.each([
		['the deployment', 2_000],
		['its types', 6_000],
	])('ends with the flow, also while it reads %s', async (_what, afterMs) => {
		const stop = new AbortController();
		const { client, clock } = clientOf(service(), { latencyMs: 5_000 });
		const cache = createWorkflowCache();
		const reading = createWorkflowReader(client, { cache, signal: stop.signal })({
			deploymentId: 'dep',
		});
		void clock.sleep(afterMs).then(() => stop.abort());
		await expect(reading).rejects.toMatchObject({ code: 'aborted' });
		// Of no concern to the next flow.
		const next = await createWorkflowReader(client, { cache })({ deploymentId: 'dep' });
		expect(next).toMatchObject({ warnings: [], info: { KSampler: {} } });
	});

	it('ends with the flow, also while another flow reads the types', async () => {
		const stop = new AbortController();
		const { client, clock } = clientOf(service(DEPLOYMENT, { delayMs: 6_000, ...INFO }));
		const cache = createWorkflowCache();
		const other = createWorkflowReader(client, { cache })({ deploymentId: 'dep' });
		const reading = createWorkflowReader(client, { cache, signal: stop.signal })({
			deploymentId: 'dep',
		});
		const begun = clock.now();
		void clock.sleep(1_000).then(() => stop.abort());
		await expect(reading).rejects.toMatchObject({ code: 'aborted' });
		expect(clock.now() - begun).toBe(1_000);
		expect((await other).info).toHaveProperty('KSampler');
	});

	it('asks once more before it refuses by what an earlier flow has read', async () => {
		let steps = 10_000;
		const { client, host } = clientOf((call) =>
			call.leaf === 'dep'
				? DEPLOYMENT
				: { body: JSON.stringify(OBJECT_INFO).replace('"max":10000', `"max":${steps}`) },
		);
		const cache = createWorkflowCache();
		const input = { deploymentId: 'dep', overrides: { '3': { inputs: { steps: 20_000 } } } };
		const flow = () => preflight(createWorkflowReader(client, { cache }), input);
		await expect(flow()).rejects.toMatchObject({ code: 'invalid_overrides' });
		expect(host.calls).toHaveLength(2);
		steps = 30_000;
		await expect(flow()).resolves.toMatchObject({ workflow: GRAPH });
		expect(host.calls).toHaveLength(4);
		steps = 10_000;
		await expect(flow()).resolves.toMatchObject({ kept: true });
		const read = createWorkflowReader(client, { cache });
		const wrong = { deploymentId: 'dep', overrides: { '404': { inputs: {} } } };
		for (let item = 0; item < 5; item += 1) {
			await expect(preflight(read, wrong)).rejects.toMatchObject({ code: 'invalid_overrides' });
		}
		expect(host.calls).toHaveLength(6);
	});

	it('refuses an id that cannot be one', async () => {
		const { client, host } = clientOf(service());
		await expect(createWorkflowReader(client)({ deploymentId: '../x' })).rejects.toMatchObject({
			code: 'invalid_input',
		});
		expect(host.calls).toHaveLength(0);
	});

	it('checks overrides, and a workflow that is sent along together with them', async () => {
		const { client } = clientOf(service());
		const read = createWorkflowReader(client);
		const overrides = { '3': { inputs: { steps: 0 } } };
		await expect(preflight(read, { deploymentId: 'dep', overrides })).rejects.toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringContaining('3 · Sampler → steps') as string,
		});
		const workflowApiJson = { '3': { class_type: 'KSampler', inputs: { cfg: 101, steps: 1 } } };
		await expect(
			preflight(read, { deploymentId: 'dep', overrides, workflowApiJson }),
		).rejects.toMatchObject({ message: expect.stringMatching(/^2 inputs/) as string });
	});
});
