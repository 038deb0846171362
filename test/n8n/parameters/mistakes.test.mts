// Parameters that cannot be correct. test/hosts has what both hosts refuse in the same way.
import { describe, expect, it } from '@jest/globals';
import {
	byId,
	everythingOf,
	expectFailure,
	type Json,
	type Parameters,
	runNode,
	status,
	submit,
	TOKEN,
	useRig,
	workflowOf,
	workOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

describe('a parameter that cannot be right is refused before anything is sent', () => {
	it.each<[string, () => Parameters, RegExp, RegExp]>([
		[
			'a prompt with quotation marks that was put into JSON as it is',
			() =>
				submit(rig, {
					overrides: '={ "6": { "inputs": { "text": "{{ \'He said "hi" to her\' }}" } } }',
				}),
			/^'Overrides' is not valid JSON: .*at ▶ in \{ "6": \{ "inputs": \{ "text": "He said "▶hi" to her"/,
			/\{\{ JSON\.stringify\(\$json\.prompt\) \}\} and no quotes.*or set Input Mode to Fields/,
		],
		[
			'a prompt of two lines that was put into a workflow as it is',
			() =>
				submit(rig, {
					inputMode: 'workflow',
					workflowApiJson: '={"1":{"class_type":"A","inputs":{"text":"{{ "one\\ntwo" }}"}}}',
				}),
			/^'Workflow' is not valid JSON: Bad control character .*"one▶↵two"/,
			/JSON\.stringify/,
		],
		[
			'overrides from an expression without a value',
			() => submit(rig, { overrides: '={{ $json.missing }}' }),
			/^'Overrides' has an expression without a value/,
			/\{\} runs the workflow as deployed/,
		],
		[
			'overrides from an expression with a number that lost digits',
			() => submit(rig, { overrides: '={{ ({ "31": { inputs: { seed: 2 ** 60 } } }) }}' }),
			/31\.inputs\.seed/,
			/JSON text/,
		],
		[
			'no deployment',
			() => submit(rig, { deploymentId: byId('={{ "" }}') }),
			/deployment id is empty/,
			/Choose a deployment/,
		],
		[
			'a deployment id that leads to another path',
			() => submit(rig, { deploymentId: byId('../../balance') }),
			/cannot be a deployment id/,
			/no slashes/,
		],
		[
			'a deployment that is an object, from an expression',
			() => submit(rig, { deploymentId: byId('={{ ({ name: "Pictures" }) }}') }),
			/^The deployment id must be a text$/,
			/It is now: \{"name":"Pictures"\}\./,
		],
		[
			'a request id that is a list',
			() => status(rig, { requestId: '={{ ["a", "b"] }}' }),
			/^The request id must be a text$/,
			/\["a","b"\]/,
		],
		[
			'an empty request id',
			() => status(rig, { requestId: '={{ $json.nothing }}' }),
			/request id is empty/,
			/submit step/,
		],
		[
			'a webhook that is the token, pasted into the wrong field',
			() => submit(rig, { options: { webhook: TOKEN } }),
			/webhook URL "\[token\]" is not a web address/,
			/https/,
		],
	])('%s', async (_name, parameters, message, description) => {
		const code = 'invalid_input';
		await expectFailure(rig, parameters(), { code, message, description, sent: 0 });
	});

	it.each([
		['a base URL that is not an address', 'baseUrl', 'runcomfy', /base URL "runcomfy"/],
		['an unknown API version', 'apiVersion', 'v3', /no API version "v3"/],
	])('%s', async (_name, field, value, message) => {
		rig.credential[field] = value;
		const outcome = await runNode(rig, submit(rig));
		expect(outcome.error?.message).toMatch(message);
		expect(outcome.error?.context?.data?.['error_code']).toBe('invalid_input');
	});
});

describe('an option that cannot be right, in whichever item, is refused before anything is paid for', () => {
	const amount = 'must be a number, 0 or more';
	const flag = 'must be true or false';
	it.each<[string, unknown, string]>([
		['timeout', -1, `'Timeout (Seconds)' ${amount}`],
		['maxFileSize', NaN, `'Max File Size (MB)' ${amount}`],
		['concurrency', 0, `'Concurrency' must be a whole number, 1 or more`],
		['concurrency', 'many', `'Concurrency' must be a whole number, 1 or more`],
		['outputItems', 'files', `'Output Items' must be "request" or "file"`],
		['waitMode', 'later', `'Wait Mode' must be "auto", "poll" or "suspend"`],
		['outputNodes', { a: 1 }, `'Output Nodes' must be IDs of nodes, separated by commas`],
		['webhook', { url: 'https://x.example' }, `'Webhook URL' must be a web address`],
		['downloadFiles', 'maybe', `'Download Files' ${flag}`],
		['checkInputs', 'no', `'Check Inputs' ${flag}`],
		['cancelOnFailure', 1, `'Cancel on Failure' ${flag}`],
		['cancelOnStop', [], `'Cancel on Stop' ${flag}`],
		['cancelOnTimeout', 'never', `'Cancel on Timeout' ${flag}`],
		['retryFailedRuns', 'on', `'Retry Failed Runs' ${flag}`],
	])('%s: %j', async (name, value, message) => {
		const written = Number.isNaN(value) ? 'NaN' : `(${JSON.stringify(value)})`;
		const options = { [name]: `={{ $json.n === 1 ? ${written} : undefined }}` };
		const parameters = submit(rig, { operation: 'runAndWait', options });
		const { error } = await runNode(rig, parameters, [{ n: 0 }, { n: 1 }, { n: 2 }]);
		expect(error?.message).toBe(`The option ${message} [item 1]`);
		expect(error?.description).toContain(Number.isNaN(value) ? 'NaN' : JSON.stringify(value));
		expect(error?.context).toMatchObject({ itemIndex: 1, data: { error_code: 'invalid_input' } });
		expect(rig.simulator.requests).toEqual([]);
	});

	it('a webhook that is not an address', async () => {
		const parameters = submit(rig, { options: { webhook: '={{ $json.hook }}', concurrency: 1 } });
		const hooks = [{ hook: 'https://example.com/hook' }, { hook: 'example' }];
		const outcome = await runNode(rig, parameters, hooks);
		expect(outcome.error?.message).toBe('The webhook URL "example" is not a web address [item 1]');
		expect(workOf(rig)).toEqual([]);
	});
});

it.each<[string, () => Json]>([
	['the hint', () => ({ options: { webhook: `={{ ({ url: "${TOKEN}" }) }}` } })],
	['the details', () => ({ overrides: JSON.stringify({ 31: { inputs: { steps: TOKEN } } }) })],
])('the token in the place of something else does not show in %s', async (_where, wrong) => {
	for (const onError of ['stopWorkflow', 'continueRegularOutput']) {
		const outcome = await runNode(rig, submit(rig, wrong()), [{}], { onError });
		expect(everythingOf(outcome)).toContain('[token]');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	}
});

describe('a text with HTML in it', () => {
	const HTML = '<img src=x onerror=alert(1)>';

	it('is shown as it is in the description of an error, and not rendered', async () => {
		const options = { timeout: `={{ "${HTML}" }}` };
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait', options }));
		expect(outcome.error?.description).toContain('&lt;img src=x onerror=alert(1)>');
		expect(outcome.error?.description).not.toContain('<img');
	});

	it('is shown as it is in a hint', async () => {
		const large = { data: Buffer.alloc(300 * 1024).toString('base64'), mimeType: 'image/png' };
		const item = { json: {}, binary: { data: { ...large, fileName: HTML } } };
		const parameters = submit(rig, {
			deploymentId: byId(rig.simulator.deploymentIds.imageEdit),
			inputFiles: { binary: [{ nodeId: '189', input: 'image' }] },
		});
		const run = rig.engine.run(workflowOf({ parameters }), { items: [item] as never });
		const [hint] = (await run.outcome).runData['Step 1']?.[0]?.hints ?? [];
		expect(hint?.message).toContain('&lt;img');
		expect(hint?.message).not.toContain('<img');
	});
});
