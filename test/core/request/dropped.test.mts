// `node_errors` beside a success: outputs that ComfyUI left out are a warning.
import { describe, expect, it } from '@jest/globals';
import { getResult, run } from '../../../core/index';
import { submit } from '../../../core/parsers';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf, json } from '../support/virtualHost.mts';

const missing = (details: string) => ({
	type: 'required_input_missing',
	message: 'Required input is missing',
	details,
	extra_info: { input_name: details },
});
const NODE_ERRORS = {
	6: { errors: [missing('text')], dependent_outputs: ['9', 12], class_type: 'CLIPTextEncode' },
};
const WARNING =
	'ComfyUI left out the output of node 9; 12: node 6 CLIPTextEncode: required_input_missing, Required input is missing: text.';

describe('outputs that ComfyUI left out', () => {
	it('are a warning of the submit', async () => {
		const answer = { request_id: REF.requestId, node_errors: NODE_ERRORS };
		const { client } = clientOf(json(answer));
		expect(await submit(client, REF)).toMatchObject({ warnings: [WARNING] });
	});

	it.each([[{ node_errors: NODE_ERRORS }], [{ error: { node_errors: NODE_ERRORS } }]])(
		'are a warning of a result that has %j',
		async (more) => {
			const { client } = clientOf(json({ status: 'succeeded', outputs: {}, ...more }));
			expect(await getResult(client, REF)).toMatchObject({ warnings: [WARNING] });
		},
	);

	it('are told once of a run, whoever says it', async () => {
		const node_errors = NODE_ERRORS;
		const instead = ({ leaf }: { leaf: string }) =>
			leaf === 'inference' ? json({ request_id: REF.requestId, node_errors }) : undefined;
		const outputs = { 13: { images: [{ filename: 'lost.png' }] } };
		for (const [options, said] of [
			[{ instead }, []],
			[{ result: { outputs, node_errors } }, [expect.stringContaining('lost.png')]],
			[{ instead, result: { outputs, node_errors } }, [expect.stringContaining('lost.png')]],
		] as const) {
			const { client } = clientOf(fakeJob(options).script);
			const { warnings } = await run(client, REF);
			expect(warnings).toEqual([WARNING, ...said]);
		}
	});

	it.each<[string, unknown, string]>([
		[
			'a node without outputs that need it',
			{ 6: { errors: [missing('text')], class_type: 'A' } },
			'of node 6: node 6 A: required_input_missing, Required input is missing: text.',
		],
		['no reason', { 6: { dependent_outputs: ['9'] } }, 'of node 9.'],
		[
			'odd parts',
			{ 6: { errors: 'odd', dependent_outputs: [{}, null] }, 7: null },
			'of node 6; 7.',
		],
	])('are told with %s', async (_what, node_errors, text) => {
		const { client } = clientOf(json({ request_id: REF.requestId, node_errors }));
		const { warnings } = await submit(client, REF);
		expect(warnings).toEqual([expect.stringContaining(text)]);
	});

	it.each([[undefined], [{}], [[]], ['odd'], [null]])('are none in %j', async (node_errors) => {
		const { client } = clientOf(json({ request_id: REF.requestId, node_errors }));
		expect(await submit(client, REF)).not.toHaveProperty('warnings');
	});

	it('are none of a run that failed: that says them as its reasons', async () => {
		const { client } = clientOf(json({ status: 'failed', error: { node_errors: NODE_ERRORS } }));
		expect(await getResult(client, REF)).not.toHaveProperty('warnings');
	});
});
