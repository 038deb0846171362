// What comes out with a result besides, and what n8n shows above it.
import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import { hintOnce } from '../../../nodes/RunComfy/session/hints.ts';
import { annotate } from '../../../nodes/RunComfy/session/notes.ts';

describe('what an item has besides', () => {
	const item = { json: { id: 1 }, pairedItem: 0 };
	const price = { usd: 0.04 } as never;

	it.each<[string, Parameters<typeof annotate>[1], object]>([
		['nothing', { warnings: [] }, {}],
		['no seed', { warnings: [], seeds: {} }, {}],
		['one seed', { warnings: [], seeds: { '3.seed': 7 } }, { seed: 7, seeds: { '3.seed': 7 } }],
		['two seeds', { warnings: [], seeds: { a: 7, b: 8 } }, { seeds: { a: 7, b: 8 } }],
		['warnings', { warnings: ['w'] }, { warnings: ['w'] }],
		['a price', { warnings: [], partner_price: price }, { partner_price: { usd: 0.04 } }],
	])('is %s', (_what, notes, more) => {
		expect(annotate(item, notes)).toStrictEqual({ json: { id: 1, ...more }, pairedItem: 0 });
	});

	it('has the warnings of the inputs before those of the result', () => {
		const warned = { json: { warnings: ['later'] } };
		expect(annotate(warned, { warnings: ['first'] }).json).toEqual({
			warnings: ['first', 'later'],
		});
		expect(annotate({ json: { warnings: [] } }, { warnings: [] }).json).toEqual({ warnings: [] });
		expect(annotate({ json: { warnings: 'x' } }, { warnings: [] }).json).toEqual({ warnings: [] });
	});
});

describe('a hint', () => {
	it('is shown once, as text, and as a warning where nothing else is said', () => {
		const shown: unknown[] = [];
		const context = {
			addExecutionHints: (hint: object) => shown.push(hint),
		} as unknown as IExecuteFunctions;
		const session = { hinted: new Set(['known']) } as never;
		hintOnce(context, session, ['a < b & b > c\nd', 'known', 'a < b & b > c\nd']);
		hintOnce(context, session, ['more'], 'info');
		hintOnce(context, session, ['more']);
		expect(shown).toEqual([
			{
				...{ message: 'a &lt; b &amp; b &gt; c<br>d', type: 'warning', location: 'outputPane' },
			},
			{ message: 'more', type: 'info', location: 'outputPane' },
		]);
	});
});
