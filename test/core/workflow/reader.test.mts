// Many items of one flow share what they know of the workflows they run.
import { describe, expect, it } from '@jest/globals';
import { AccountCache, type Client, type Draft, prepare } from '../../../core/index';
import { type WorkflowReader } from '../../../core/parsers';
import { clientOf, failure, type Reply } from '../support/virtualHost.mts';
import { DEPLOYMENT, GRAPH, OBJECT_INFO, service } from '../support/workflows.mts';

async function prepared(client: Client, read: WorkflowReader, draft: Partial<Draft>) {
	const { withFiles } = await prepare(
		client,
		{ deploymentId: 'dep', ...draft },
		{ readWorkflow: read },
	);
	return withFiles();
}

describe('the reader of one flow', () => {
	it('asks once for a deployment, however many items want it at a time', async () => {
		const { client, host } = clientOf(service(), { latencyMs: 50 });
		const read = new AccountCache().reader(client).readWorkflow;
		const known = await Promise.all(
			Array.from({ length: 100 }, () => read({ deploymentId: 'dep' })),
		);
		expect(known.every(({ workflow, warnings }) => workflow && warnings.length === 0)).toBe(true);
		expect(known[99]?.info).toHaveProperty('KSampler');
		expect(host.calls).toHaveLength(2);
	});

	it('says so before it asks, and says nothing while all of it is known', async () => {
		const { client, host } = clientOf(service());
		const cache = new AccountCache();
		const calls: number[] = [];
		const onAsk = () => void calls.push(host.calls.length);
		const readAgain = () => cache.reader(client, { onAsk }).readWorkflow;
		await readAgain()({ deploymentId: 'dep' });
		expect(calls).toEqual([0, 1]);
		const read = readAgain();
		expect((await prepared(client, read, { overrides: {} })).notes.warnings).toEqual([]);
		expect(calls).toHaveLength(2);
		const wrong = { 6: { inputs: { txt: 'a' } } };
		await expect(prepared(client, read, { overrides: wrong })).rejects.toThrow('txt');
		expect(calls).toEqual([0, 1, 2, 3]);
	});

	it.each<[string, Reply | Error, RegExp]>([
		['another account’s', { status: 403, body: '{"message":"Forbidden"}' }, /Forbidden/],
		['without payload', { body: '{"id":"dep"}' }, /shows no workflow/],
		['out of reach', failure('ECONNREFUSED'), /ECONNREFUSED/],
		['silent', { delayMs: 50_000, body: '{}' }, /no answer within 10 s/],
	])('warns, and goes on, if a deployment is %s', async (_what, deployment, why) => {
		const { client, clock, host } = clientOf(service(deployment));
		const begun = clock.now();
		const read = new AccountCache().reader(client).readWorkflow;
		const overrides = { '404': { inputs: { nothing: 'fits' } } };
		const { workflow, notes } = await prepared(client, read, { overrides });
		await prepared(client, read, { overrides });
		expect(workflow).toBeUndefined();
		expect(notes.warnings).toEqual([expect.stringMatching(/^The inputs were not checked/)]);
		expect(notes.warnings[0]).toMatch(why);
		expect(clock.now() - begun).toBeLessThanOrEqual(10_000);
		expect(host.callsOf('dep').length).toBeLessThanOrEqual(2);
	});

	it.each([
		['the deployment', 2_000],
		['its types', 6_000],
	])('ends with the flow, also while it reads %s', async (_what, afterMs) => {
		const stop = new AbortController();
		const { client, clock } = clientOf(service(), { latencyMs: 5_000 });
		const cache = new AccountCache();
		const reading = cache.reader(client, { signal: stop.signal }).readWorkflow({
			deploymentId: 'dep',
		});
		void clock.sleep(afterMs).then(() => stop.abort());
		await expect(reading).rejects.toMatchObject({ code: 'aborted' });
		// The next flow is not affected.
		const next = await cache.reader(client).readWorkflow({ deploymentId: 'dep' });
		expect(next).toMatchObject({ warnings: [], info: { KSampler: {} } });
	});

	it('asks once more before it refuses by what an earlier flow has read', async () => {
		let steps = 10_000;
		const { client, host } = clientOf((call) =>
			call.leaf === 'dep'
				? DEPLOYMENT
				: { body: JSON.stringify(OBJECT_INFO).replace('"max":10000', `"max":${steps}`) },
		);
		const cache = new AccountCache();
		const overrides = { '3': { inputs: { steps: 20_000 } } };
		const flow = () => prepared(client, cache.reader(client).readWorkflow, { overrides });
		await expect(flow()).rejects.toMatchObject({ code: 'invalid_overrides' });
		expect(host.calls).toHaveLength(2);
		steps = 30_000;
		await expect(flow()).resolves.toMatchObject({ workflow: GRAPH });
		expect(host.calls).toHaveLength(4);
		steps = 10_000;
		await expect(flow()).resolves.toMatchObject({ workflow: GRAPH });
		expect(host.calls).toHaveLength(4);
		const read = cache.reader(client).readWorkflow;
		const wrong = () => prepared(client, read, { overrides: { '404': { inputs: {} } } });
		for (let item = 0; item < 5; item += 1) {
			await expect(wrong()).rejects.toMatchObject({ code: 'invalid_overrides' });
		}
		expect(host.calls).toHaveLength(6);
	});

	it('refuses an id that cannot be one', async () => {
		const { client, host } = clientOf(service());
		await expect(
			new AccountCache().reader(client).readWorkflow({ deploymentId: '../x' }),
		).rejects.toMatchObject({
			code: 'invalid_input',
		});
		expect(host.calls).toHaveLength(0);
	});
});

const SENT = { 1: { class_type: 'KSampler', inputs: {} } };

describe('what is known of a workflow', () => {
	it('is guessed, with a warning, if ComfyUI does not tell its classes', async () => {
		const { client } = clientOf(service(DEPLOYMENT, { status: 404 }));
		expect(await new AccountCache().reader(client).readWorkflow({ deploymentId: 'dep' })).toEqual({
			workflow: GRAPH,
			saved: GRAPH,
			info: {},
			typed: false,
			cached: false,
			warnings: [expect.stringMatching(/^Types and choices .* HTTP status 404$/)],
		});
	});

	it('is nothing but what was sent if the deployment cannot be read', async () => {
		const { client } = clientOf(service(failure('ECONNREFUSED')));
		const read = new AccountCache().reader(client).readWorkflow;
		const warnings = [expect.stringMatching(/^The inputs were not checked .*ECONNREFUSED/)];
		const unread = expect.stringContaining('ECONNREFUSED');
		expect(await read({ deploymentId: 'dep' })).toEqual({ info: {}, unread, warnings });
		expect(await read({ deploymentId: 'dep', workflowApiJson: SENT })).toEqual({
			workflow: SENT,
			info: {},
			unread,
			warnings,
		});
	});
});

describe('a service that fails', () => {
	it.each<[string, Reply, number]>([
		['soon', { status: 503 }, 2],
		['with a long Retry-After', { status: 503, headers: { 'retry-after': '3' } }, 1],
		['with a short one', { status: 503, headers: { 'retry-after': '2' } }, 2],
	])('%s is asked for no longer than it is worth', async (_what, reply, calls) => {
		const { client, host } = clientOf(service(reply));
		const { warnings } = await new AccountCache()
			.reader(client)
			.readWorkflow({ deploymentId: 'dep' });
		expect(warnings).toHaveLength(1);
		expect(host.calls).toHaveLength(calls);
	});
});
