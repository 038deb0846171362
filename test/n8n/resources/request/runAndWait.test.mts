// Run and Wait with a workflow, and with a LoRA deployment, which takes inputs by name.
import { describe, expect, it } from '@jest/globals';
import { openForm } from '../../support/form.mts';
import {
	byId,
	codeOf,
	everythingOf,
	filesOf,
	itemsOf,
	type Json,
	type Parameters,
	refusal,
	TOKEN,
	useRig,
} from '../../support/rig.mts';

const rig = useRig({ fast: true });

describe('Run and Wait', () => {
	it('gives the result with the API’s own field names', async () => {
		const [item, ...more] = itemsOf(await rig.runNode(rig.toRun()));
		expect(more).toEqual([]);
		const job = rig.newestJob();
		const [file] = filesOf(item);
		expect(item?.json).toMatchObject({
			request_id: job?.requestId,
			deployment_id: rig.simulator.deploymentIds.textToImage,
			status: 'succeeded',
			texts: [],
			warnings: [],
			outputs: { '9': { images: [{ filename: file?.filename }] } },
			created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
			finished_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
		});
		expect(item?.json).not.toHaveProperty('raw');
		expect(file).toMatchObject({ node_id: '9', type: 'output' });
	});

	it('sends the token to the API and to nobody else (P72)', async () => {
		await rig.runNode(rig.toRun({ options: { downloadFiles: true } }));
		const { requests } = rig.simulator;
		expect(requests.filter(({ route }) => route === 'storage')).toHaveLength(1);
		for (const { route, authorized, headers } of requests) {
			expect({ route, authorized }).toEqual({ route, authorized: route !== 'storage' });
			expect(headers['user-agent']).toContain('n8n-nodes-runcomfy');
		}
	});

	it('does not show the token, even if an output repeats it (P72)', async () => {
		const parameters = rig.toRun({
			deploymentId: byId(rig.simulator.deploymentIds.mixed),
			overrides: JSON.stringify({ '38:41': { inputs: { value: `say ${TOKEN}!` } } }),
		});
		const outcome = await rig.runNode(parameters);
		expect(JSON.stringify(itemsOf(outcome)[0]?.json['texts'])).toContain('say [token]!');
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});
});

const byName = (more: Json, id = rig.simulator.deploymentIds.lora): Parameters => ({
	operation: 'runAndWait',
	inputMode: 'json',
	deploymentId: byId(id),
	...more,
});

it('JSON runs a LoRA with a webhook, and gives its files', async () => {
	const webhook = 'https://example.com/hook';
	const overrides = '{ "prompt": "12", "sample_steps": 20, "width": 768, "seed": 7 }';
	const parameters = byName({ overrides, options: { webhook } });
	const [item] = itemsOf(await rig.runNode(parameters));
	expect(rig.sent()).toEqual([{ prompt: '12', sample_steps: 20, width: 768, seed: 7 }]);
	expect(rig.simulator.requests.find(({ route }) => route === 'submit')?.path).toContain(
		`webhook=${encodeURIComponent(webhook)}`,
	);
	expect(item?.json).toMatchObject({
		deployment_id: rig.simulator.deploymentIds.lora,
		status: 'succeeded',
		output: { images: [expect.stringMatching(/^http/)] },
		files: [{ channel: 'images', kind: 'image', binary_property: 'data' }],
	});
	expect(item?.binary?.['data']?.mimeType).toBe('image/png');
});

it.each([
	[{}, 'invalid_input', /LoRA.*Input Mode: JSON/, 0],
	[null, 'invalid_request', /If it is a LoRA.*Input Mode: JSON/, 1],
] as const)(
	'a form, for a deployment without a workflow (payload %j), is refused with the way out',
	async (payload, code, said, submits) => {
		const lora = { fields: {}, output: 'images', payload } as const;
		const parameters = byName({ inputMode: 'fields' }, rig.simulator.deploy({ lora }));
		const { fields, emptyFieldsNotice } = await openForm(rig, parameters);
		expect(fields.filter(({ display }) => display)).toEqual([]);
		if (payload === null) expect(emptyFieldsNotice).toMatch(said);
		const outcome = await rig.runNode(parameters);
		expect(codeOf(outcome)).toBe(code);
		expect(refusal(outcome.error)).toMatch(said);
		expect(rig.countOf('submit')).toBe(submits);
	},
);
