// Accepted and refused submits, of workflows and LoRAs.
import { describe, expect, it } from '@jest/globals';
import { at, receiver, start } from './support.mts';

const refused = async (body: unknown, query = '') => {
	const { sim, submit } = await start();
	const { status, json } = await submit('textToImage', body, query);
	expect([status, json['error_code']]).toEqual([422, 422001]);
	expect(sim.jobs.size).toBe(0);
	return json['detail'];
};

describe('a submit is refused with 422001', () => {
	it('without overrides and without a graph', async () => {
		const missing = {
			loc: ['body', 'overrides'],
			msg: 'field required',
			type: 'value_error.missing',
		};
		expect(await refused({})).toEqual([missing]);
		expect(await refused({ overrides: null })).toEqual([missing]);
	});

	it.each([['[]'], ['{"overrides":'], ['"text"'], ['']])('when the body is %j', async (body) => {
		expect(at(await refused(body), 0, 'loc')).toEqual(['body']);
	});

	it.each<[string, unknown, string]>([
		['overrides that are a list', [], 'overrides'],
		['inputs that are text', { '6': { inputs: 'x' } }, 'overrides.6.inputs'],
		['an unknown node', { '99': { inputs: {} } }, 'overrides.99'],
		['an unknown input', { '6': { inputs: { prompt: 'x' } } }, 'overrides.6.inputs.prompt'],
		['text for a number', { '31': { inputs: { seed: 'abc' } } }, 'overrides.31.inputs.seed'],
		['a value for a link', { '31': { inputs: { model: 'x' } } }, 'overrides.31.inputs.model'],
		['a link to nowhere', { '31': { inputs: { model: ['404', 0] } } }, 'overrides.31.inputs.model'],
	])('for %s', async (_name, overrides, loc) => {
		expect(at(await refused({ overrides }), 0, 'loc')).toEqual(['body', ...loc.split('.')]);
	});

	it('for a webhook that is not a URL', async () => {
		const detail = await refused({ overrides: {} }, '?webhook=example.com');
		expect(at(detail, 0, 'loc')).toEqual(['body', 'webhook']);
	});
});

describe('a submit takes', () => {
	it('numbers as text, as ComfyUI does', async () => {
		const { run, sim } = await start();
		const id = await run('textToImage', { '31': { inputs: { seed: '42', cfg: '3.5' } } });
		expect(sim.jobs.get(id)?.outcome.kind).toBe('succeeded');
	});

	it('an embedded file of 50 MB, the largest that clients send, and no larger body', async () => {
		const { submit } = await start();
		const withFile = async (megabytes: number) => {
			const image = `data:image/png;base64,${'A'.repeat((megabytes * 2 ** 22) / 3)}`;
			return (await submit('imageEdit', { overrides: { '189': { inputs: { image } } } })).status;
		};
		expect(await withFile(50)).toBe(200);
		expect(await withFile(60)).toBe(413);
	});

	it('an inline graph, with overrides on top, and leaves the deployment alone', async () => {
		const { sim, submit, call } = await start();
		const graph = {
			a: { class_type: 'PrimitiveStringMultiline', inputs: { value: 'one' } },
			b: { class_type: 'PreviewAny', inputs: { source: ['a', 0] } },
		};
		const { json } = await submit('textToImage', {
			workflow_api_json: graph,
			overrides: { a: { inputs: { value: 'two' } } },
			extra_data: { api_key_comfy_org: 'k' },
		});
		const job = sim.jobs.get(String(json['request_id']));
		expect(job).toMatchObject({
			extraData: { api_key_comfy_org: 'k' },
			outcome: { kind: 'succeeded', outputs: { b: { text: [{ value: 'two' }] } } },
		});
		const path = `/prod/v2/deployments/${sim.deploymentIds.textToImage}?includes=payload`;
		expect(at((await call('GET', path)).json, 'payload', 'workflow_api_json')).toHaveProperty('31');
	});
});

describe('a LoRA deployment', () => {
	it('refuses overrides, unknown fields, and a body without its prompt', async () => {
		const { submit } = await start();
		const { status, json } = await submit('lora', { overrides: {}, sed: 1 });
		expect([status, json['error_code']]).toEqual([422, 422001]);
		const fields = (json['detail'] as Array<{ loc: string[] }>).map(({ loc }) => loc[1]);
		expect(fields).toEqual(['overrides', 'sed', 'prompt']);
		expect((await submit('lora', { prompt: 'a fox', width: 'wide' })).status).toBe(422);
	});

	it('calls a webhook of the query with its output', async () => {
		const { sim, submit, pass } = await start();
		const hook = await receiver();
		await submit('lora', { prompt: 'a' }, `?webhook=${encodeURIComponent(hook.url)}`);
		pass(1000);
		await sim.settle();
		expect(at(hook.events, 0, 'output', 'images', 0)).toContain('/storage/');
	});
});
