import { describe, expect, it } from '@jest/globals';
import { filled, overridesOf } from '../support/form.mts';
import {
	byId,
	copyOf,
	countOf,
	everythingOf,
	itemsOf,
	type Json,
	runNode,
	TOKEN,
	useRig,
	workflowOf,
	workOf,
} from '../support/rig.mts';

const rig = useRig();

const json = (overrides: unknown, more: Json = {}) => ({
	operation: 'runAndWait',
	deploymentId: byId(rig.simulator.deploymentIds.textToImage),
	overrides: typeof overrides === 'string' ? overrides : JSON.stringify(overrides),
	...more,
});

describe('what does not fit is refused before it costs anything', () => {
	it.each<[string, Json, RegExp]>([
		[
			'an unknown node',
			{ '66': { inputs: { text: 'x' } } },
			/no node "66" \(did you mean 6 · Positive/,
		],
		['a node by its title', { 'Image Size': { inputs: {} } }, /did you mean 27 · Image Size/],
		[
			'an unknown input',
			{ '6': { inputs: { prompt: 'x' } } },
			/no input "prompt"; it has text, clip/,
		],
		[
			'a misspelt input',
			{ '31': { inputs: { step: 1 } } },
			/no input "step" \(did you mean "steps"\?/,
		],
		[
			'a link',
			{ '31': { inputs: { positive: 'x' } } },
			/→ positive is fed by node 6 · Positive Prompt/,
		],
		[
			'a text for a number',
			{ '31': { inputs: { steps: 'twenty' } } },
			/takes a whole number, not "twenty"/,
		],
		['a list for a text', { '6': { inputs: { text: [1] } } }, /takes a text, not a list/],
		['too little', { '31': { inputs: { steps: 0 } } }, /must be at least 1, not 0/],
		['too much', { '31': { inputs: { denoise: 2 } } }, /must be at most 1, not 2/],
		['a choice', { '31': { inputs: { sampler_name: 'dpmpp2m' } } }, /did you mean "dpmpp_2m"/],
	])('%s', async (_what, overrides, message) => {
		const outcome = await runNode(rig, json(overrides));
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toMatch(message);
		expect(outcome.error?.description).toContain('nothing is billed');
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'invalid_overrides',
			error_details: { findings: [{ message: expect.stringMatching(message) }] },
		});
		expect(workOf(rig)).toEqual([]);
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});

	it('all of it at once, of the first item that has any', async () => {
		const wrong = { '6': { inputs: { txt: 'x' } }, '31': { inputs: { steps: 0, cfg: 'high' } } };
		const outcome = await runNode(rig, { ...json('={{ $json }}') }, [
			{ '6': { inputs: { text: 'fine' } } },
			wrong,
		]);
		expect(outcome.error?.message).toMatch(/^3 inputs .*"txt".*→ steps.*→ cfg.* \[item 1\]$/);
		expect(workOf(rig)).toEqual([]);
	});

	it('also by Submit, and in a workflow that is sent along', async () => {
		const workflowApiJson = JSON.stringify({
			'1': { class_type: 'KSampler', inputs: { steps: 0, model: ['2', 0] } },
			'3': { class_type: 'UnknownHere', inputs: { anything: {} } },
		});
		const outcome = await runNode(rig, {
			operation: 'submit',
			deploymentId: byId(rig.simulator.deploymentIds.textToImage),
			inputMode: 'workflow',
			workflowApiJson,
		});
		expect(outcome.error?.message).toMatch(
			/no node class "UnknownHere".*→ steps.*→ model links to a node/,
		);
		expect(workOf(rig)).toEqual([]);
	});

	it.each(['overrides', 'workflowApiJson'])(
		'%s in ComfyUI’s editor format, with how to export',
		async (name) => {
			const editor = JSON.stringify({ nodes: [{ id: 6 }], links: [], version: 0.4 });
			const outcome = await runNode(rig, {
				operation: 'submit',
				deploymentId: byId(rig.simulator.deploymentIds.textToImage),
				inputMode: name === 'overrides' ? 'json' : 'workflow',
				[name]: editor,
			});
			expect(outcome.error?.message).toContain('editor format');
			expect(outcome.error?.description).toContain('Export (API)');
			expect(rig.simulator.requests).toEqual([]);
		},
	);

	it('by the newest of the deployment, and not by what was kept of it', async () => {
		const graph = rig.simulator.workflow(rig.simulator.deploymentIds.text)!;
		const parameters = (overrides: Json) => ({
			...json(overrides),
			operation: 'submit',
			deploymentId: byId(rig.simulator.deploymentIds.text),
		});
		itemsOf(await runNode(rig, parameters({ '3': { inputs: { task: 'ocr' } } })));
		graph['5'] = { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } };
		itemsOf(await runNode(rig, parameters({ '5': { inputs: { filename_prefix: 'y' } } })));
		expect(overridesOf(rig)).toHaveLength(2);
	});
});

describe('what fits runs', () => {
	it('with one look at the deployment for all of its items, and none for the next execution', async () => {
		const deploymentId = byId(await copyOf(rig));
		const parameters = json('={{ { "6": { "inputs": { "text": $json.text } } } }}', {
			operation: 'submit',
			deploymentId,
		});
		const rows = Array.from({ length: 25 }, (_, index) => ({ text: `picture ${index}` }));
		itemsOf(await runNode(rig, parameters, rows));
		expect(countOf(rig, 'deployments.get')).toBe(1);
		expect(countOf(rig, 'object_info')).toBe(1);
		expect(countOf(rig, 'submit')).toBe(25);
		itemsOf(await runNode(rig, parameters, rows));
		expect(countOf(rig, 'deployments.get')).toBe(1);
		expect(countOf(rig, 'object_info')).toBe(1);
	});

	it('and a failed run names the node with its title', async () => {
		rig.simulator.inject({ name: 'run_failed', node_id: '27', details: 'Node 27: no more memory' });
		const outcome = await runNode(rig, json({}));
		expect(outcome.error?.message).toContain('node 27 "Image Size" EmptySD3LatentImage');
		expect(outcome.error?.context?.data?.['error_details']).toMatchObject({
			node: { id: '27', title: 'Image Size', class_type: 'EmptySD3LatentImage' },
		});
	});

	it('unchecked where Check Inputs is off', async () => {
		const outcome = await runNode(
			rig,
			json({ '31': { inputs: { steps: '20' } } }, { options: { checkInputs: false } }),
		);
		itemsOf(outcome);
		expect(countOf(rig, 'deployments.get')).toBe(0);
		expect(overridesOf(rig)).toEqual([{ '31': { inputs: { steps: '20' } } }]);
	});
});

describe('a deployment that cannot be read keeps nothing from running', () => {
	it.each([
		['refuses', { name: 'forbidden_message' }],
		['is down', { name: 'server_error' }],
		['is cut off', { name: 'truncated_body' }],
		['answers HTML', { name: 'html_error_page' }],
	] as const)('when it %s: a warning comes out with the result', async (_how, fault) => {
		const deploymentId = byId(await copyOf(rig));
		rig.simulator.inject({ ...fault, on: 'deployments.get', times: 5 });
		const rows = [{ text: 'a' }, { text: 'b' }];
		const overrides = '={{ { "6": { "inputs": { "text": $json.text } } } }}';
		const outcome = await runNode(rig, json(overrides, { deploymentId }), rows);
		const warning = expect.stringMatching(/^The inputs were not checked before the submit: /);
		expect(itemsOf(outcome).map(({ json }) => json['warnings'])).toEqual([[warning], [warning]]);
		expect(outcome.runData['Step 1']?.[0]?.hints).toEqual([
			{ message: warning, type: 'warning', location: 'outputPane' },
		]);
		expect(countOf(rig, 'submit')).toBe(2);
		expect(countOf(rig, 'deployments.get')).toBeLessThanOrEqual(2);
	});

	it('in a form, whose fields tell the types', async () => {
		const parameters = await filled(rig, 'textToImage', {
			'31.steps': '={{ "7" }}',
			'31.seed': '5',
		});
		parameters['deploymentId'] = byId(await copyOf(rig));
		rig.simulator.inject({ name: 'forbidden_message', on: 'deployments.get', times: 5 });
		itemsOf(await runNode(rig, { operation: 'submit', ...parameters }));
		expect(overridesOf(rig)).toEqual([{ '31': { inputs: { steps: 7, seed: 5 } } }]);
	});

	it('and of one account nothing is known to another', async () => {
		itemsOf(await runNode(rig, json({}, { operation: 'submit' })));
		rig.simulator.requests.length = 0;
		rig.credential['apiToken'] = 'someone-else-1f2e3d4c';
		const outcome = await runNode(rig, json({ '404': { inputs: {} } }));
		expect(outcome.error?.context?.data).toMatchObject({ error_code: 'auth_failed' });
		expect(rig.simulator.requests.map(({ route, status }) => `${route} ${status}`)).toEqual([
			'deployments.get 401',
			'submit 401',
		]);
	});

	it('and stopping ends the look, without a submit', async () => {
		const deploymentId = byId(await copyOf(rig));
		rig.simulator.inject({ name: 'stall', on: 'deployments.get' });
		const run = rig.engine.run(workflowOf({ parameters: json({}, { deploymentId }) }));
		while (countOf(rig, 'deployments.get') === 0) await new Promise(setImmediate);
		run.cancel();
		const outcome = await run.outcome;
		expect(outcome.status).not.toBe('success');
		expect(countOf(rig, 'submit')).toBe(0);
	});
});
