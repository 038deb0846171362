// Invalid parameters. test/hosts covers those that both hosts refuse in the same way.
import { describe, expect, it } from '@jest/globals';
import {
	byId,
	CONTINUE,
	everythingOf,
	itemsOf,
	type Json,
	type Parameters,
	TOKEN,
	useRig,
} from '../support/rig.mts';

const rig = useRig({ fast: true });

describe('a parameter that cannot be right is refused before anything is sent', () => {
	it.each<[string, () => Parameters, RegExp, RegExp]>([
		[
			'a prompt with quotation marks that was put into JSON as it is',
			() =>
				rig.toSubmit({
					overrides: '={ "6": { "inputs": { "text": "{{ \'He said "hi" to her\' }}" } } }',
				}),
			/^'Overrides' is not valid JSON: Expected ',' or '}' after /,
			/\{\{ JSON\.stringify\(\$json\.prompt\) \}\}, without quotes.*or set Input Mode to Fields/,
		],
		[
			'overrides from an expression without a value',
			() => rig.toSubmit({ overrides: '={{ $json.missing }}' }),
			/^'Overrides' is empty: its expression returned nothing/,
			/\{\} runs the workflow as deployed/,
		],
		[
			'a deployment that is an object, from an expression',
			() => rig.toSubmit({ deploymentId: byId('={{ ({ name: "Pictures" }) }}') }),
			/^The deployment id must be a text$/,
			/Current value: \{"name":"Pictures"\}\./,
		],
		[
			'Random Seeds that are neither on nor off',
			() => rig.toSubmit({ randomSeeds: '={{ "yes" }}' }),
			/^'Random Seeds' must be true or false$/,
			/Current value: "yes"/,
		],
		[
			'an empty request id',
			() => rig.toGetStatus({ requestId: '={{ $json.nothing }}' }),
			/request id is empty/,
			/submit step/,
		],
		[
			'a webhook that is the token, pasted into the wrong field',
			() => rig.toSubmit({ options: { webhook: TOKEN } }),
			/webhook URL "\[token\]" is not a web address/,
			/https/,
		],
	])('%s', async (_name, parameters, message, description) => {
		const code = 'invalid_input';
		await rig.expectFailure(parameters(), { code, message, description, sent: 0 });
	});

	it('a base URL that is not an address', async () => {
		rig.credential['baseUrl'] = 'runcomfy';
		const outcome = await rig.runNode(rig.toSubmit());
		expect(outcome.error?.message).toMatch(/base URL is not a web address/);
		expect(outcome.error?.context?.data?.['error_code']).toBe('invalid_input');
	});
});

describe('an option that cannot be right, in whichever item, is refused before anything is paid for', () => {
	const amount = 'must be a number, 0 or more';
	const flag = 'must be true or false';
	it.each<[string, unknown, string]>([
		['timeout', -1, `'Timeout (Seconds)' ${amount}`],
		['concurrency', 0, `'Concurrency' must be a whole number, 1 or more`],
		['concurrency', 'many', `'Concurrency' must be a whole number, 1 or more`],
		['outputItems', 'files', `'Output Items' must be "request" or "file"`],
		['waitMode', 'later', `'Wait Mode' must be "auto" or "poll"`],
		['outputNodes', { a: 1 }, `'Output Nodes' must be IDs of nodes, separated by commas`],
		['webhook', { url: 'https://x.example' }, `'Webhook URL' must be a URL`],
		['downloadFiles', 'maybe', `'Download Files' ${flag}`],
		['checkInputs', 'no', `'Check Inputs' ${flag}`],
		['cancelOnTimeout', 'never', `'Cancel on Timeout' ${flag}`],
	])('%s: %j', async (name, value, message) => {
		const written = Number.isNaN(value) ? 'NaN' : `(${JSON.stringify(value)})`;
		const options = { [name]: `={{ $json.n === 1 ? ${written} : undefined }}` };
		const parameters = rig.toSubmit({ operation: 'runAndWait', options });
		const { error } = await rig.runNode(parameters, [{ n: 0 }, { n: 1 }, { n: 2 }]);
		expect(error?.message).toBe(`The option ${message} [item 1]`);
		expect(error?.description).toContain(Number.isNaN(value) ? 'NaN' : JSON.stringify(value));
		expect(error?.context).toMatchObject({ itemIndex: 1, data: { error_code: 'invalid_input' } });
		expect(rig.simulator.requests).toEqual([]);
	});
});

it('an option of the first item that cannot be right replaces no other option by its default', async () => {
	const options = { concurrency: 1, timeout: '={{ $json.n === 0 ? -1 : 60 }}' };
	const inputs = [{ n: 0 }, { n: 1 }, { n: 2 }];
	const items = itemsOf(await rig.runNode(rig.toRun({ options }), inputs, CONTINUE));
	expect(items.map(({ json }) => json['error_code'])).toEqual([
		'invalid_input',
		undefined,
		undefined,
	]);
	const routes = rig.work().map(({ route }) => route);
	expect(routes.filter((route) => route === 'submit' || route === 'result')).toEqual([
		'submit',
		'result',
		'submit',
		'result',
	]);
});

it.each<[string, () => Json]>([
	['the hint', () => ({ options: { webhook: `={{ ({ url: "${TOKEN}" }) }}` } })],
	['the details', () => ({ overrides: JSON.stringify({ 31: { inputs: { steps: TOKEN } } }) })],
])('the token in the place of something else does not show in %s', async (_where, wrong) => {
	for (const onError of ['stopWorkflow', 'continueRegularOutput']) {
		const outcome = await rig.runNode(rig.toSubmit(wrong()), [{}], { onError });
		expect(everythingOf(outcome)).toContain('[token]');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	}
});

describe('a text with HTML in it', () => {
	const HTML = '<img src=x onerror=alert(1)>';

	it('is shown literally in the description of an error, and not rendered', async () => {
		const options = { timeout: `={{ "${HTML}" }}` };
		const outcome = await rig.runNode(rig.toSubmit({ operation: 'runAndWait', options }));
		expect(outcome.error?.description).toContain('&lt;img src=x onerror=alert(1)>');
		expect(outcome.error?.description).not.toContain('<img');
	});

	it('is shown literally in a hint', async () => {
		const large = { data: Buffer.alloc(300 * 1024).toString('base64'), mimeType: 'image/png' };
		const parameters = rig.toSubmit({
			deploymentId: byId(rig.simulator.deploymentIds.imageEdit),
			overrides: { 189: { inputs: { image: 'data' } } },
		});
		const outcome = await rig.runItems(parameters, [
			{ binary: { data: { ...large, fileName: HTML } } },
		]);
		const [hint] = outcome.runData['Step 1']?.[0]?.hints ?? [];
		expect(hint?.message).toContain('&lt;img');
		expect(hint?.message).not.toContain('<img');
	});
});
