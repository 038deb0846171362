import { describe, expect, it } from '@jest/globals';
import { partnerPrice } from '../../../../core/index';
import { readInfo } from '../../support/v3Classes.mts';

/** The price of one node whose badge says it. */
function priceOf(price: unknown, badge: object = {}, inputs = {}, overrides = {}) {
	const price_badge = { expr: JSON.stringify(price), ...badge };
	const info = readInfo({ A: { api_node: true, price_badge } });
	return partnerPrice({ 1: { class_type: 'A', inputs } }, info, overrides);
}

describe('the price that a badge tells', () => {
	it.each([
		[{ type: 'usd', usd: 0 }, '$0.00'],
		[{ type: 'usd', usd: 0.0349 }, '$0.035'],
		[{ type: 'usd', usd: 0.05 }, '$0.05'],
		[{ type: 'usd', usd: 0.099 }, '$0.099'],
		[{ type: 'usd', usd: 0.1 }, '$0.10'],
		[{ type: 'usd', usd: 2 }, '$2.00'],
		[{ type: 'usd', usd: 12.345 }, '$12.35'],
		[{ type: 'list_usd', usd: [0.3, 0.1, 0.2] }, '$0.10 to $0.30'],
		[{ type: 'range_usd', min_usd: 2, max_usd: 1 }, '$1.00 to $2.00'],
		[{ type: 'usd', usd: 1, format: { suffix: '/Run' } }, '$1.00'],
		[{ type: 'usd', usd: 1, format: { suffix: ' / run ' } }, '$1.00'],
		[{ type: 'usd', usd: 1, format: { suffix: 'run' } }, '$1.00'],
		[{ type: 'usd', usd: 1, format: { suffix: 7, approximate: 'yes' } }, '$1.00'],
		[{ type: 'usd', usd: 1, format: { approximate: true } }, 'about $1.00'],
	])('%j is %s', (price, text) => {
		expect(priceOf(price)?.text).toBe(text);
	});

	it.each([
		[{ type: 'usd', usd: 1, format: { suffix: '/run of 5 s' } }],
		[{ type: 'usd', usd: 1, format: { suffix: 'per run' } }],
		[{ type: 'usd', usd: 1, format: { suffix: '' } }],
		[{ type: 'usd', usd: Infinity }],
		[{ type: 'usd' }],
		[{ type: 'range_usd', min_usd: 1 }],
		[{ type: 'list_usd', usd: [] }],
		[{ type: 'list_usd', usd: 1 }],
		[{ type: 'list_usd', usd: [1, 'two'] }],
		[{ type: 'credits', usd: 1 }],
		[null],
		[undefined],
	])('is not known of %j', (price) => expect(priceOf(price)).toBeUndefined());

	it('is not known without an expression, or if that cannot be worked out', () => {
		for (const expr of [undefined, '', '$noSuchFunction(1)', '{']) {
			expect(priceOf({ type: 'usd', usd: 1 }, { expr })).toBeUndefined();
		}
	});

	it('adds up to what a person would add up', () => {
		const price_badge = { expr: '{"type": "usd", "usd": 0.1}' };
		const info = readInfo({ A: { api_node: true, price_badge } });
		const node = { class_type: 'A', inputs: {} };
		expect(partnerPrice({ 1: node, 2: node, 3: node }, info)).toEqual({
			...{ min_usd: 0.3, max_usd: 0.3, text: '$0.30' },
		});
	});
});

describe('what an expression is given', () => {
	const widgets = [
		{ name: 'model', type: 'COMBO' },
		{ name: 'n', type: 'INT' },
		{ name: 'cfg', type: 'FLOAT' },
		{ name: 'on', type: 'BOOLEAN' },
		'plain',
	];
	const depends_on = { widgets, inputs: ['image', 'mask'], input_groups: ['images'] };
	/** Whether an expression finds this of what it is given. */
	const finds = (condition: string, inputs: object, overrides = {}) => {
		const expr = `{"type": "usd", "usd": ${condition} ? 1 : 2}`;
		return priceOf(undefined, { expr, depends_on }, inputs, overrides)?.min_usd === 1;
	};

	it.each([
		['widgets.model = "pro max"'],
		['widgets.n = 4'],
		['widgets.cfg = 2.5'],
		['widgets.on = true'],
		['widgets.plain = "a"'],
		['inputs.image.connected = true'],
		['inputs.mask.connected = false'],
		['inputGroups.images = 2'],
		['$exists(widgets.other) = false'],
	])('is the values in the types that it counts on, and what is linked: %s', (condition) => {
		const inputs = {
			...{ model: ' Pro MAX ', n: '4', cfg: 2.5, on: true, plain: 'A', other: 1 },
			...{ image: ['9', 0], mask: 'm.png', 'images.a': ['9', 0], 'images.b': 'x' },
			...{ 'images.c': ['9', 1], imagesd: ['9', 0] },
		};
		expect(finds(condition, inputs)).toBe(true);
	});

	it.each(['model', 'n', 'cfg', 'on', 'plain'])('is null for %s without a value', (name) => {
		expect(finds(`widgets.${name} = null`, { model: '', n: '' })).toBe(true);
	});

	it('has the digits of a large number, and the override before what is saved', () => {
		const overrides = { 1: { inputs: { n: 12n, model: 'B' } } };
		const inputs = { n: 1, model: 'A', cfg: '0.5' };
		for (const condition of ['widgets.n = 12', 'widgets.model = "b"', 'widgets.cfg = 0.5']) {
			expect(finds(condition, inputs, overrides)).toBe(true);
		}
	});

	it.each([{ n: ['9', 0] }, { model: ['9', 0] }])(
		'is nothing if a widget gets its value in the run: %j',
		(inputs) => {
			const always = { expr: '{"type": "usd", "usd": 1}', depends_on };
			expect(priceOf(undefined, always, { model: 'a', n: 1 })?.min_usd).toBe(1);
			expect(priceOf(undefined, always, inputs)).toBeUndefined();
		},
	);
});
