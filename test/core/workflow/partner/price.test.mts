import { describe, expect, it } from '@jest/globals';
import { partnerNodesOf, partnerPrice } from '../../../../core/index';
import { givesPartnerKey, hasNoPartnerNodes } from '../../../../core/parsers';
import { readInfo } from '../../support/v3Classes.mts';
import { node } from '../../support/workflowGraphs.mts';

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
		[{ type: 'usd', usd: 0.05, format: { suffix: '/second' } }],
		[{ type: 'usd', usd: Infinity }],
		[{ type: 'usd', usd: -1 }],
		[{ type: 'usd', usd: 'much' }],
		[{ type: 'text', text: 'Token-based' }],
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
		for (const expr of [undefined, '', '$noSuchFunction(1)', '$env("X")', '{']) {
			expect(priceOf({ type: 'usd', usd: 1 }, { expr })).toBeUndefined();
		}
	});

	it('is the sum over the nodes, as a person would add it up', () => {
		const badge = (price: object) => ({
			api_node: true,
			price_badge: { expr: JSON.stringify(price) },
		});
		const info = readInfo({
			Tenth: badge({ type: 'usd', usd: 0.1 }),
			Range: badge({ type: 'range_usd', min_usd: 0.35, max_usd: 2.8 }),
			About: badge({ type: 'usd', usd: 0.035, format: { approximate: true } }),
			Words: badge({ type: 'text', text: '12 credits' }),
		});
		const priceOfAll = (...classes: string[]) =>
			partnerPrice(Object.fromEntries(classes.map((one, n) => [n + 1, node(one)])), info);
		expect(priceOfAll('Tenth', 'Tenth', 'Tenth')).toEqual({
			min_usd: 0.3,
			max_usd: 0.3,
			text: '$0.30',
		});
		expect(priceOfAll('Tenth', 'Range')).toEqual({
			min_usd: 0.45,
			max_usd: 2.9,
			text: '$0.45 to $2.90',
		});
		// What is an estimate, and of which node nothing is known.
		expect(priceOfAll('About', 'Words')).toEqual({
			min_usd: 0.035,
			max_usd: 0.035,
			approximate: true,
			unknown: ['2 · Words'],
			text: 'about $0.035 and what 2 · Words costs',
		});
		expect(priceOfAll('SaveImage')).toBeUndefined();
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
			model: ' Pro MAX ',
			n: '4',
			cfg: 2.5,
			on: true,
			plain: 'A',
			other: 1,
			image: ['9', 0],
			mask: 'm.png',
			'images.a': ['9', 0],
			'images.b': 'x',
			'images.c': ['9', 1],
			imagesd: ['9', 0],
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

const INFO = readInfo({
	Partner: { api_node: true, price_badge: { expr: '1' } },
	Free: { api_node: true },
	Own: { api_node: false },
});

describe('the partner nodes of a workflow', () => {
	it('are told by their classes, with id and title', () => {
		const [one, two] = [node('Partner', {}, 'x'.repeat(100)), node('Free')];
		const workflow = { 1: one, 2: two, 3: node('Own'), 4: node('toString') };
		expect(partnerNodesOf(workflow, INFO)).toStrictEqual([
			{ nodeId: '1', label: `1 · ${'x'.repeat(80)}`, node: one, priceBadge: { expr: '1' } },
			{ nodeId: '2', label: '2 · Free', node: two },
		]);
	});

	it('are certainly none only if every class is known', () => {
		expect(hasNoPartnerNodes({ 1: node('Own'), 2: node('Own') }, INFO)).toBe(true);
		expect(hasNoPartnerNodes({ 1: node('Own'), 2: node('Unknown') }, INFO)).toBe(false);
		expect(hasNoPartnerNodes({ 1: node('Own'), 2: node('Free') }, INFO)).toBe(false);
		expect(hasNoPartnerNodes({}, INFO)).toBe(true);
	});
});

describe('a key for partners', () => {
	it.each([
		[{ api_key_comfy_org: 'k' }, true],
		[{ auth_token_comfy_org: 't', other: 1 }, true],
		[{ api_key_comfy_org: '' }, false],
		[{ other: 'k' }, false],
		[{}, false],
		[null, false],
		['api_key_comfy_org', false],
	])('is in %j: %s', (extraData, gives) => expect(givesPartnerKey(extraData)).toBe(gives));
});
