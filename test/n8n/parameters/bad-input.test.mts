import { describe, expect, it } from '@jest/globals';
import { expectFailure, status, submit } from '../support/failing.mts';
import {
	byId,
	countOf,
	everythingOf,
	type Parameters,
	runNode,
	TOKEN,
	useRig,
	workflowOf,
	workOf,
} from '../support/rig.mts';

const rig = useRig();

describe('a parameter that cannot be right is refused before anything is sent', () => {
	it.each<[string, () => Parameters, string, RegExp, RegExp]>([
		[
			'overrides that are not JSON',
			() => submit(rig, { overrides: '{"6": {"inputs": ' }),
			'invalid_input',
			/^Overrides is not valid JSON: it ends before .* \(line 1, column \d+\)/,
			/quotation marks, commas and brackets\. .*JSON\.stringify/,
		],
		[
			'a prompt with quotation marks that was put into JSON as it is',
			() =>
				submit(rig, {
					overrides: '={ "6": { "inputs": { "text": "{{ \'He said "hi" to her\' }}" } } }',
				}),
			'invalid_input',
			/^Overrides is not valid JSON: .*at ▶ in \{ "6": \{ "inputs": \{ "text": "He said "▶hi" to her"/,
			/\{\{ JSON\.stringify\(\$json\.prompt\) \}\} and no quotes.*or set Input Mode to Fields/,
		],
		[
			'a prompt of two lines that was put into a workflow as it is',
			() =>
				submit(rig, {
					inputMode: 'workflow',
					workflowApiJson: '={"1":{"class_type":"A","inputs":{"text":"{{ "one\\ntwo" }}"}}}',
				}),
			'invalid_input',
			/^Workflow is not valid JSON: a text has a line break .*"one▶↵two"/,
			/\\n\. .*JSON\.stringify/,
		],
		[
			'overrides without node ids',
			() => submit(rig, { overrides: '{"prompt":"a cat"}' }),
			'invalid_overrides',
			/"prompt" has no "inputs"/,
			/"<node id>"/,
		],
		[
			'overrides that are a list',
			() => submit(rig, { overrides: '[1]' }),
			'invalid_overrides',
			/must be an object/,
			/"<node id>"/,
		],
		[
			'overrides from an expression with a number that lost digits',
			() => submit(rig, { overrides: '={{ ({ "31": { inputs: { seed: 2 ** 60 } } }) }}' }),
			'invalid_input',
			/31\.inputs\.seed/,
			/JSON text/,
		],
		[
			'a workflow in the editor’s format',
			() => submit(rig, { inputMode: 'workflow', workflowApiJson: '{"nodes":[],"links":[]}' }),
			'invalid_input',
			/editor format/,
			/Export \(API\)/,
		],
		[
			'a workflow that is none',
			() => submit(rig, { inputMode: 'workflow', workflowApiJson: '{"1":{"inputs":{}}}' }),
			'invalid_input',
			/"1" of the workflow has no class_type/,
			/Export \(API\)/,
		],
		[
			'no deployment',
			() => submit(rig, { deploymentId: byId('={{ "" }}') }),
			'invalid_input',
			/deployment id is empty/,
			/Choose a deployment/,
		],
		[
			'a deployment id that leads to another path',
			() => submit(rig, { deploymentId: byId('../../balance') }),
			'invalid_input',
			/cannot be a deployment id/,
			/no slashes/,
		],
		[
			'a deployment that is an object, from an expression',
			() => submit(rig, { deploymentId: byId('={{ ({ name: "Pictures" }) }}') }),
			'invalid_input',
			/^The deployment id must be a text$/,
			/It is now: \{"name":"Pictures"\}\./,
		],
		[
			'a request id that is a list',
			() => status(rig, { requestId: '={{ ["a", "b"] }}' }),
			'invalid_input',
			/^The request id must be a text$/,
			/\["a","b"\]/,
		],
		[
			'an address without a deployment',
			() =>
				submit(rig, {
					deploymentId: { __rl: true, mode: 'url', value: 'https://www.runcomfy.com/x' },
				}),
			'invalid_input',
			/deployment address names no deployment/,
			/\/deployments\//,
		],
		[
			'an empty request id',
			() => status(rig, { requestId: '={{ $json.nothing }}' }),
			'invalid_input',
			/request id is empty/,
			/submit step/,
		],
		[
			'a webhook that is no address',
			() => submit(rig, { options: { webhook: 'example' } }),
			'invalid_input',
			/webhook URL "example" is not a web address/,
			/https/,
		],
		[
			'a webhook that is an object',
			() => submit(rig, { options: { webhook: '={{ ({ url: "https://example.com" }) }}' } }),
			'invalid_input',
			/Webhook URL must be a web address/,
			/\{"url":"https:\/\/example.com"\}/,
		],
		[
			'overrides from an expression that gives nothing',
			() => submit(rig, { overrides: '={{ $json.missing }}' }),
			'invalid_input',
			/^Overrides has an expression without a value/,
			/\{\} runs the workflow as deployed/,
		],
		[
			'overrides that are no number, from an expression',
			() => submit(rig, { overrides: '={{ NaN }}' }),
			'invalid_overrides',
			/^Overrides must be an object/,
			/"<node id>"/,
		],
		[
			'a webhook that is the token, pasted into the wrong field',
			() => submit(rig, { options: { webhook: TOKEN } }),
			'invalid_input',
			/webhook URL "\[token\]" is not a web address/,
			/https/,
		],
		[
			'extra data that is no object',
			() => submit(rig, { options: { extraData: '[1]' } }),
			'invalid_input',
			/Extra Data must be a JSON object, not a list/,
			/\{"api_key_comfy_org": "…"\}/,
		],
		[
			'extra data that is not JSON',
			() => submit(rig, { options: { extraData: '{' } }),
			'invalid_input',
			/Extra Data is not valid JSON: it ends before/,
			/quotation marks, commas and brackets/,
		],
		[
			'a negative timeout',
			() => submit(rig, { operation: 'runAndWait', options: { timeout: -1 } }),
			'invalid_input',
			/Timeout \(Seconds\) must be a number, 0 or more/,
			/-1/,
		],
		[
			'a file size that is no number',
			() => submit(rig, { operation: 'runAndWait', options: { maxFileSize: '={{ "big" }}' } }),
			'invalid_input',
			/Max File Size \(MB\) must be a number/,
			/big/,
		],
		[
			'a switch that is neither on nor off',
			() => submit(rig, { operation: 'runAndWait', options: { downloadFiles: '={{ "maybe" }}' } }),
			'invalid_input',
			/Download Files must be true or false/,
			/maybe/,
		],
		[
			'a concurrency of none',
			() => submit(rig, { options: { concurrency: 0 } }),
			'invalid_input',
			/Concurrency must be a whole number, 1 or more/,
			/It is now: 0\./,
		],
		[
			'a concurrency that is no number',
			() => submit(rig, { options: { concurrency: '={{ "many" }}' } }),
			'invalid_input',
			/Concurrency must be a whole number, 1 or more/,
			/It is now: "many"\./,
		],
	])('%s', async (_name, parameters, code, message, description) => {
		await expectFailure(rig, parameters(), { code, message, description, sent: 0 });
	});

	it('the token in the place of something else shows nowhere, the hint and the details included', async () => {
		const webhook = `={{ ({ url: "${TOKEN}" }) }}`;
		const overrides = JSON.stringify({ '31': { inputs: { steps: TOKEN } } });
		const settings = { onError: 'continueRegularOutput' };
		for (const wrong of [{ options: { webhook } }, { overrides }]) {
			const failed = await runNode(rig, submit(rig, wrong));
			const caught = await runNode(rig, submit(rig, wrong), [{}], settings);
			for (const shown of [failed, caught].map(everythingOf)) {
				expect(shown).toContain('[token]');
				expect(shown).not.toContain(TOKEN);
			}
		}
		expect(countOf(rig, 'submit')).toBe(0);
	});

	it('a webhook of the last item, too, before any item is paid for', async () => {
		const parameters = submit(rig, { options: { webhook: '={{ $json.hook }}', concurrency: 1 } });
		const hooks = [{ hook: 'https://example.com/hook' }, { hook: 'example' }];
		const outcome = await runNode(rig, parameters, hooks);
		expect(outcome.error?.message).toBe('The webhook URL "example" is not a web address [item 1]');
		expect(workOf(rig)).toEqual([]);
	});

	it.each([
		['a base URL that is none', 'baseUrl', 'runcomfy', /base URL "runcomfy"/],
		['an unknown API version', 'apiVersion', 'v3', /no API version "v3"/],
	])('%s', async (_name, field, value, message) => {
		rig.credential[field] = value;
		const outcome = await runNode(rig, submit(rig));
		expect(outcome.error?.message).toMatch(message);
		expect(outcome.error?.context?.data?.['error_code']).toBe('invalid_input');
	});
});

describe('a text with quotes or line breaks, put into JSON without JSON.stringify', () => {
	it.each([
		['overrides', 'Overrides', { inputMode: 'json' }],
		['workflowApiJson', 'Workflow', { inputMode: 'workflow' }],
	])('is shown where it breaks %s, with what to write instead', async (name, label, mode) => {
		const json = '={ "6": { "inputs": { "text": "{{ $json.prompt }}" } } }';
		const outcome = await runNode(rig, submit(rig, { ...mode, [name]: json }), [
			{ prompt: 'a sign that says "open" at night' },
		]);
		expect(outcome.error?.message).toContain(label);
		expect(`${outcome.error?.message} ${outcome.error?.description}`).toMatch(/that says "?.*open/);
		expect(outcome.error?.description).toContain('{{ JSON.stringify($json.prompt) }}');
		expect(workOf(rig)).toEqual([]);
	});
});

describe('a text with HTML in it', () => {
	const HTML = '<img src=x onerror=alert(1)>';

	it('is shown as it is in the description of an error, and not rendered', async () => {
		const options = { timeout: `={{ "${HTML}" }}` };
		const outcome = await runNode(rig, submit(rig, { operation: 'runAndWait', options }));
		expect(outcome.error?.description).toContain('&lt;img src=x onerror=alert(1)&gt;');
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
