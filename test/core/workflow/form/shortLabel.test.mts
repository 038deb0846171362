import { describe, expect, it } from '@jest/globals';
import { shortLabel } from '../../../../core/index';

describe('a label where only 28 characters are seen', () => {
	it.each([
		['6', 'Positive Prompt', 'text', '6 · Positive Prompt → text'],
		['33', 'Negative Prompt', 'text', '33 · Negative Prompt → text'],
		['5', 'ByteDance Seedream', 'prompt', '5 · ByteDanc… → prompt'],
		['57', 'KSampler (Advanced)', 'noise_seed', '57 · KSamp… → noise_seed'],
		['6', 'Kling Image to Video', 'negative_prompt', '6 · Kling… → negative_prompt'],
		['5', 'ByteDance Seedream', 'model.size_preset', '5 · ByteD… → model.size_preset'],
	])('keeps the id and the input whole: %s %s %s', (nodeId, title, input, label) => {
		expect(shortLabel({ nodeId, title, input }, 28)).toBe(label);
	});

	it.each([
		['CLIPTextEncodeFlux', 'clip_l', 'positive', '6 · positive → clip_l'],
		['CLIPTextEncodeFlux', 't5xxl', 'positive', '6 · positive → t5xxl'],
		['CLIP Text Encode (Negative Prompt)', 'text', undefined, '6 · negative → text'],
		['Sampler (Positive First)', 'noise_seed', undefined, '6 · Sampl… → noise_seed'],
	] as const)('names a prompt by its role: %s %s', (title, input, role, label) => {
		const field = { nodeId: '6', title, input, ...(role ? { role } : {}) };
		expect(shortLabel(field, 28)).toBe(label);
	});
});
