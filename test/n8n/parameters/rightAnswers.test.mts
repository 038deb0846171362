import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AnswersService, startAnswersService } from '../../support/answersService.mts';
import { REFUSED, SAVED, TAKEN } from '../../support/rightAnswers.mts';
import { byId, itemsOf, runNode, useRig } from '../support/rig.mts';

const rig = useRig();
let service: AnswersService;
beforeAll(async () => {
	service = await startAnswersService();
});
beforeEach(() => {
	rig.credential['baseUrl'] = service.url;
	service.submits.length = 0;
});
afterAll(() => service.close());

const submit = (nodeId: string, inputs: object) =>
	runNode(rig, {
		operation: 'submit',
		deploymentId: byId('11111111-2222-4333-8444-555555555555'),
		overrides: JSON.stringify({ [nodeId]: { inputs } }),
	});

describe('n8n submits what ComfyUI takes', () => {
	it.each(TAKEN)('node %s: %j', async (nodeId, inputs) => {
		itemsOf(await submit(nodeId, inputs));
		expect(service.submits).toHaveLength(1);
	});

	it('as ComfyUI converts it', async () => {
		itemsOf(await submit('4', { steps: '20', cfg: '7.5', seed: '123' }));
		expect(service.submits).toEqual([
			{ overrides: { '4': { inputs: { steps: 20, cfg: 7.5, seed: 123 } } } },
		]);
	});

	it('within the whole workflow where that lacks the input, and says so', async () => {
		const lora = { on: true, lora: 'b.safetensors', strength: 0.5 };
		const [item] = itemsOf(await submit('3', { lora_2: lora }));
		const { class_type, inputs } = SAVED['3']!;
		expect(service.submits).toEqual([
			{
				workflow_api_json: { ...SAVED, '3': { class_type, inputs: { ...inputs, lora_2: lora } } },
			},
		]);
		expect(item?.json['warnings']).toEqual([expect.stringContaining('workflow_api_json')]);
	});
});

describe('n8n refuses the rest before the submit', () => {
	it.each(REFUSED)('node %s: %j', async (nodeId, inputs, found) => {
		const [input = '', problem, ...suggestion] = found.split(' ');
		const outcome = await submit(nodeId, inputs);
		expect(outcome.error?.context?.data).toMatchObject({
			error_code: 'invalid_overrides',
			error_details: {
				findings: [
					{
						path: `${nodeId}.inputs.${input}`,
						problem,
						...(suggestion.length > 0 ? { suggestion: suggestion.join(' ') } : {}),
					},
				],
			},
		});
		expect(service.submits).toEqual([]);
	});
});
