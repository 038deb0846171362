import { describe, expect, it } from '@jest/globals';
import { type EvaluateJsonata, partnerPrice } from '../../../../core/index';
import { readInfo } from '../../support/v3Classes.mts';

/** The price of one node whose badge says it, whatever its values are. */
async function priceOf(price: unknown, badge: object = { expr: 'x' }, inputs = {}, overrides = {}) {
	const evaluate: EvaluateJsonata = async (_expression, input) =>
		typeof price === 'function' ? (price(input) as unknown) : price;
	const info = readInfo({ A: { api_node: true, price_badge: badge } });
	const workflow = { 1: { class_type: 'A', inputs } };
	return partnerPrice(workflow, info, overrides, evaluate);
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
	])('%j is %s', async (price, text) => {
		expect((await priceOf(price))?.text).toBe(text);
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
	])('is not known of %j', async (price) => expect(await priceOf(price)).toBeUndefined());

	it('is not known without an expression, or if that cannot be worked out', async () => {
		const price = { type: 'usd', usd: 1 };
		expect(await priceOf(price, {})).toBeUndefined();
		expect(await priceOf(price, { expr: '' })).toBeUndefined();
		const broken = () => {
			throw new Error('no such function');
		};
		expect(await priceOf(broken)).toBeUndefined();
	});

	it('adds up to what a person would add up', async () => {
		const info = readInfo({ A: { api_node: true, price_badge: { expr: 'x' } } });
		const node = { class_type: 'A', inputs: {} };
		const price = () => ({ type: 'usd', usd: 0.1 });
		expect(await partnerPrice({ 1: node, 2: node, 3: node }, info, {}, price)).toEqual({
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
	const seen = async (inputs: object, overrides = {}) => {
		let given: unknown;
		const note = (input: unknown) => {
			given = input;
		};
		await priceOf(note, { expr: 'x', depends_on }, inputs, overrides);
		return given;
	};

	it('is the values in the types that it counts on, and what is linked', async () => {
		const inputs = {
			...{ model: ' Pro MAX ', n: '4', cfg: 2.5, on: true, plain: 'A', other: 1 },
			...{ image: ['9', 0], mask: 'm.png', 'images.a': ['9', 0], 'images.b': 'x' },
			...{ 'images.c': ['9', 1], imagesd: ['9', 0] },
		};
		expect(await seen(inputs)).toEqual({
			widgets: { model: 'pro max', n: 4, cfg: 2.5, on: true, plain: 'a' },
			inputs: { image: { connected: true }, mask: { connected: false } },
			inputGroups: { images: 2 },
		});
	});

	it('is null for what has no value', async () => {
		const empty = await seen({ model: '', n: '' });
		expect(empty).toMatchObject({
			widgets: { model: null, n: null, cfg: null, on: null, plain: null },
		});
	});

	it('has the digits of a large number, and the override before what is saved', async () => {
		const overrides = { 1: { inputs: { n: 12n, model: 'B' } } };
		expect(await seen({ n: 1, model: 'A', cfg: '0.5' }, overrides)).toMatchObject({
			widgets: { n: 12, model: 'b', cfg: 0.5 },
		});
	});

	it('is nothing if a widget gets its value in the run', async () => {
		expect(await seen({ n: ['9', 0] })).toBeUndefined();
		expect(await seen({ model: ['9', 0] })).toBeUndefined();
	});

	it('has no parts if the badge depends on nothing', async () => {
		let given: unknown;
		await priceOf((input: unknown) => (given = input));
		expect(given).toEqual({ widgets: {}, inputs: {}, inputGroups: {} });
	});
});
