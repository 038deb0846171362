// Labels of inputs that would look the same: what is added to them, and how much of it.
import { describe, expect, it } from '@jest/globals';
import { node } from '../../support/workflowGraphs.mts';
import { labelsOf } from './labelsOf.mts';

describe('labels that would read alike', () => {
	const widths = (titles: string[]) =>
		Object.values(
			labelsOf(
				Object.fromEntries(
					titles.map((title, index) => [String(index + 1), node('Node', { width: 1 }, title)]),
				),
			),
		);

	it('have the node, too', () => {
		expect(widths(['Image Size', 'Upscale image'])).toEqual([
			...['Width · Image Size', 'Width · Upscale image'],
		]);
		const primitive = {
			1: node('PrimitiveInt', { value: 1 }),
			2: node('Upscale', { width: ['1', 0] }, 'Upscale image'),
			3: node('Node', { Width: 1 }, 'Image Size'),
		};
		expect(Object.values(labelsOf(primitive))).toEqual([
			...['Width · Upscale image', 'Width · Image Size'],
		]);
	});

	it('have its id only if the titles are the same', () => {
		expect(widths(['Size', 'Size', 'Other'])).toEqual([
			...['Width · Size · #1', 'Width · Size · #2', 'Width · Other'],
		]);
		expect(widths(['Size', 'size'])).toEqual(['Width · Size · #1', 'Width · size · #2']);
	});

	it('have as many words of the title as n8n shows, and those that tell it apart', () => {
		expect(widths(['Latent upscale for the second sampler', 'Base'])).toEqual([
			...['Width · Latent upscale', 'Width · Base'],
		]);
		const long = ['Load LoRA for the high noise model', 'Load LoRA for the low noise model'];
		expect(widths(long)).toEqual(['Width · high noise model', 'Width · low noise model']);
		expect(widths(['EmptyHunyuanLatentVideo', 'Base'])).toEqual([
			...['Width · Empty Hunyuan', 'Width · Base'],
		]);
		expect(widths(['Supercalifragilisticexpialidocious', 'Base'])).toEqual([
			...['Width', 'Width · Base'],
		]);
		expect(widths(['Scribble lines (also known as XDoG)', '✂ Crop ⚡ it'])).toEqual([
			...['Width · Scribble lines', 'Width · Crop it'],
		]);
		const same = ['Supercalifragilisticexpialidocious', 'Pseudopseudohypoparathyroidism'];
		expect(widths(same)).toEqual(['Width · #1', 'Width · #2']);
	});

	it('have as much of the title as there is room for beside the id', () => {
		const sampler = node(
			'KSampler',
			{ steps: 1, return_with_leftover_noise: 'x' },
			'KSampler (Advanced)',
		);
		expect(Object.values(labelsOf({ 57: sampler, 58: sampler }))).toEqual([
			...['Steps · KSampler · #57', 'Steps · KSampler · #58'],
			...['Return with leftover · #57', 'Return with leftover · #58'],
		]);
	});

	it('have no verb alone of a title, and no word of it that stands there already', () => {
		const loader = node('UNETLoader', { unet_name: 'a' });
		expect(Object.values(labelsOf({ 37: loader, 56: loader }))).toEqual([
			...['UNet name · #37', 'UNet name · #56'],
		]);
		const lora = node('LoraLoader', { lora_name: 'a', strength_model: 1 }, 'Load LoRA');
		expect(Object.values(labelsOf({ 10: lora, 11: lora }))).toEqual([
			...['LoRA name · #10', 'LoRA name · #11'],
			...['Strength model · #10', 'Strength model · #11'],
		]);
	});

	it('are never the same, whatever titles there are', () => {
		const workflow = {
			1: node('Node', { width: 1 }, 'Size'),
			2: node('Node', { width: 1 }, 'Size'),
			3: node('PrimitiveInt', { value: 1 }, 'Width · Size · #1'),
			4: node('PrimitiveInt', { value: 1 }, 'width · size · #2'),
		};
		const labels = Object.values(labelsOf(workflow)).map((label) => label.toLowerCase());
		expect(new Set(labels).size).toBe(labels.length);
	});
});
