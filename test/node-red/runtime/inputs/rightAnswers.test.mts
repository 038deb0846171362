import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
	type AnswersService,
	REFUSED,
	SAVED,
	startAnswersService,
	TAKEN,
} from '../../../support/rightAnswers.mts';
import { useFlows } from '../../support/rig.mts';

const start = useFlows();
let service: AnswersService;
beforeAll(async () => {
	service = await startAnswersService();
});
beforeEach(() => {
	service.submits.length = 0;
});
afterAll(() => service.close());

async function submit(nodeId: string, inputs: object) {
	const fields = { inputMode: 'json', checkInputs: true };
	const flow = await start('runcomfy-submit', fields, { config: { baseUrl: service.url } });
	const deploymentId = '11111111-2222-4333-8444-555555555555';
	flow.receive({ deploymentId, payload: { [nodeId]: { inputs } } });
	await flow.ended();
	return flow;
}

describe('Node-RED submits what ComfyUI takes', () => {
	it.each(TAKEN)('node %s: %j', async (nodeId, inputs) => {
		const { caught } = await submit(nodeId, inputs);
		expect(caught).toEqual([]);
		expect(service.submits).toHaveLength(1);
	});

	it('as ComfyUI converts it', async () => {
		await submit('4', { steps: '20', cfg: '7.5', seed: '123' });
		expect(service.submits).toEqual([
			{ overrides: { '4': { inputs: { steps: 20, cfg: 7.5, seed: 123 } } } },
		]);
	});

	it('within the whole workflow where that lacks the input, and says so', async () => {
		const lora = { on: true, lora: 'b.safetensors', strength: 0.5 };
		const { sent } = await submit('3', { lora_2: lora });
		const { class_type, inputs } = SAVED['3']!;
		expect(service.submits).toEqual([
			{
				workflow_api_json: { ...SAVED, '3': { class_type, inputs: { ...inputs, lora_2: lora } } },
			},
		]);
		expect(sent).toMatchObject([
			{ runcomfy: { warnings: [expect.stringContaining('workflow_api_json')] } },
		]);
	});
});

describe('Node-RED refuses the rest before the submit', () => {
	it.each(REFUSED)('node %s: %j', async (nodeId, inputs, found) => {
		const [input = ''] = found.split(' ');
		const { caught } = await submit(nodeId, inputs);
		const message = expect.stringContaining(input);
		expect(caught).toMatchObject([{ error: { code: 'invalid_overrides', message } }]);
		expect(service.submits).toEqual([]);
	});
});
