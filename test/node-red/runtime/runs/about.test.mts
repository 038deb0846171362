// The few words by which the sidebar tells a run from others.
import { describe, expect, it } from '@jest/globals';
import type * as AboutModule from '../../../../node-red/runtime/runs/about.cts';
import { dist } from '../../support/dist.mts';

const { aboutOf } = dist<typeof AboutModule>('node-red/runtime/runs/about.cjs');

describe('what a run is about', () => {
	it.each([
		[
			{ 31: { inputs: { steps: 20 } }, 6: { inputs: { text: 'a cat\n  on a mat' } } },
			'a cat on a mat',
		],
		[{ 6: { inputs: { positive_prompt: 'a cat' } } }, 'a cat'],
		[{ 31: { inputs: { steps: 20, cfg: 7 } } }, 'steps: 20'],
		[{ 31: { inputs: { prompt_upsampling: true } } }, 'prompt_upsampling: true'],
		[{ 6: { inputs: { text: 'metadata: none' } } }, 'metadata: none'],
		[{ 189: { inputs: { image: 'data:image/png;base64,iVBOR' } } }, undefined],
		[
			{ 189: { inputs: { image: 'https://example.com/a.png' } } },
			'image: https://example.com/a.png',
		],
		[{ 31: { inputs: { model: ['4', 0] } } }, undefined],
		[{ 6: { inputs: { text: ' ' } } }, undefined],
		[{}, undefined],
		[undefined, undefined],
	])('%j: %s', (overrides, about) => {
		expect(aboutOf(overrides)).toBe(about);
	});

	it('is a seed as well, digit for digit', () => {
		const seed = 18446744073709551615n;
		expect(aboutOf({ 31: { inputs: { seed } } })).toBe(`seed: ${seed}`);
	});

	it('is short, also of a long prompt', () => {
		const about = aboutOf({ 6: { inputs: { text: 'word '.repeat(1e6) } } });
		expect(about).toHaveLength(120);
		expect(about).toMatch(/…$/);
	});
});
