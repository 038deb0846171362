// Direct inputs of LoRA deployments: set by their names alone, and refused if the mode does not fit.
import { describe, expect, it } from '@jest/globals';
import { type TestFlow, useFlows } from '../../support/rig.mts';

const start = useFlows();
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

const row = (input: string, type: string, value = '') => ({
	nodeId: '',
	input,
	type,
	value,
	label: input,
});
const DIRECT = { inputMode: 'direct', checkInputs: true };

const bodies = ({ simulator }: TestFlow) =>
	simulator.requests.filter(({ route }) => route === 'submit').map(({ body }) => body);

async function run(
	fields: object,
	msg: object,
	deployment: 'lora' | 'loraVideo' | 'textToImage' = 'lora',
) {
	const flow = await start('runcomfy-run', { ...fields });
	flow.receive({ deploymentId: flow.simulator.deploymentIds[deployment], ...msg });
	await flow.ended();
	return flow;
}

describe('a LoRA deployment', () => {
	it('takes rows of names and values, and gives its video', async () => {
		const rows = [
			...[row('prompt', 'msg', 'payload.prompt'), row('width', 'num', '512')],
			...[row('guidance_scale', 'str', '3.5'), row('ctrl_img_1', 'msg', 'payload.picture')],
		];
		const payload = { prompt: 'a boat', picture: PNG };
		const flow = await run({ ...DIRECT, rows }, { payload }, 'loraVideo');
		expect(flow.caught).toEqual([]);
		expect(bodies(flow)).toEqual([
			{
				prompt: 'a boat',
				width: 512,
				guidance_scale: 3.5,
				ctrl_img_1: expect.stringMatching(/^data:image\/png;base64,/),
			},
		]);
		expect(flow.sent[0]).toMatchObject({
			status: 'succeeded',
			payload: [{ kind: 'video' }],
			deploymentId: flow.simulator.deploymentIds.loraVideo,
		});
		expect(flow.sent[0]?.['runcomfy']).not.toHaveProperty('service');
		expect(flow.warned).toEqual([]);
	});

	it('takes a Buffer as text unless it is a picture', async () => {
		const rows = [row('prompt', 'msg', 'payload')];
		const flow = await run({ ...DIRECT, rows }, { payload: Buffer.from('Grüße') });
		expect(bodies(flow)).toEqual([{ prompt: 'Grüße' }]);
		await flow.stop();
		const refused = await run({ ...DIRECT, rows }, { payload: Buffer.from('Grüße', 'latin1') });
		expect(refused.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(refused.caught[0]?.error.message).toMatch(/^prompt is neither .* text in UTF-8/);
		expect(bodies(refused)).toEqual([]);
	});

	it('takes an object from the message, and lets msg.overrides win over rows', async () => {
		const alone = await run({ ...DIRECT, rows: [] }, { payload: { prompt: 'a boat' } });
		expect(bodies(alone)).toEqual([{ prompt: 'a boat' }]);
		await alone.stop();
		const beside = await run(
			{ ...DIRECT, rows: [row('prompt', 'msg', 'payload.text'), row('seed', 'num', '1')] },
			{ payload: { text: 'a boat' }, overrides: { seed: 2 } },
		);
		expect(bodies(beside)).toEqual([{ prompt: 'a boat', seed: 2 }]);
	});

	it.each<[string, object, object, 'lora' | 'textToImage', RegExp]>([
		[
			'workflow inputs of one without a workflow',
			{ rows: [{ ...row('text', 'str', 'x'), nodeId: '6' }], checkInputs: true },
			...([{}, 'lora'] as const),
			/no workflow.*inputs by name \(Inputs: Direct inputs/s,
		],
		[
			'direct inputs of one with a workflow',
			{ ...DIRECT, rows: [row('prompt', 'str', 'x')] },
			...([{}, 'textToImage'] as const),
			/Inputs: Workflow inputs/,
		],
		[
			'inputs that are no object',
			{ ...DIRECT, rows: [] },
			...([{ overrides: [1] }, 'lora'] as const),
			/instead of an object/,
		],
	])(
		'is refused before the submit, with the way out: %s',
		async (_what, fields, msg, one, says) => {
			const flow = await run(fields, msg, one);
			expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
			expect(flow.caught[0]?.error.message).toMatch(says);
			expect(bodies(flow)).toEqual([]);
		},
	);
});
