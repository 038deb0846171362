import { describe, expect, it } from '@jest/globals';
import { partnerNodesOf, partnerPrice } from '../../../../core/index';
import { givesPartnerKey, hasNoPartnerNodes } from '../../../../core/parsers';
import { readInfo } from '../../support/v3Classes.mts';

interface Badge {
	expr: string;
	widgets?: [name: string, type: string][];
	inputs?: string[];
	groups?: string[];
}

const partner = ({ expr, widgets = [], inputs = [], groups = [] }: Badge) => ({
	input: { required: { prompt: ['STRING', {}] } },
	output: ['IMAGE'],
	api_node: true,
	price_badge: {
		engine: 'jsonata',
		depends_on: {
			widgets: widgets.map(([name, type]) => ({ name, type })),
			inputs,
			input_groups: groups,
		},
		expr,
	},
});

/** The price of a workflow of these partner nodes, one of each class. */
async function priceOf(
	classes: Record<string, { badge: Badge; inputs?: Record<string, unknown> }>,
	overrides = {},
) {
	const entries = Object.entries(classes);
	const info = readInfo(
		Object.fromEntries(entries.map(([name, { badge }]) => [name, partner(badge)])),
	);
	const nodes = entries.map(([class_type, { inputs = {} }], i) => [
		String(i + 1),
		{ class_type, inputs, _meta: { title: class_type } },
	]);
	return partnerPrice(Object.fromEntries(nodes), info, overrides);
}

const literal = (price: object): Badge => ({ expr: JSON.stringify(price) });

describe('the price of partner nodes', () => {
	it('is the sum over them', async () => {
		const price = await priceOf({
			A: { badge: literal({ type: 'usd', usd: 0.06 }) },
			B: { badge: literal({ type: 'range_usd', min_usd: 0.35, max_usd: 2.8 }) },
		});
		expect(price).toEqual({ min_usd: 0.41, max_usd: 2.86, text: '$0.41 to $2.86' });
	});

	it('follows the values of the run: override first, then saved', async () => {
		const badge: Badge = {
			widgets: [
				['model', 'COMBO'],
				['model.n', 'INT'],
			],
			expr: '{"type":"usd","usd": (widgets.model = "pro" ? 0.04 : 0.035) * $lookup(widgets, "model.n")}',
		};
		const inputs = { model: 'Lite', 'model.n': '2' };
		expect(await priceOf({ A: { badge, inputs } })).toMatchObject({ min_usd: 0.07 });
		const overrides = { 1: { inputs: { model: 'PRO', 'model.n': 3n } } };
		expect(await priceOf({ A: { badge, inputs } }, overrides)).toMatchObject({
			max_usd: 0.12,
			text: '$0.12',
		});
	});

	it('knows what is linked', async () => {
		const badge: Badge = {
			inputs: ['image'],
			groups: ['images'],
			expr: '{"type":"usd","usd": (inputs.image.connected ? 1 : 2) + inputGroups.images}',
		};
		const inputs = { image: ['9', 0], 'images.image0': ['9', 0], 'images.image1': ['9', 0] };
		expect(await priceOf({ A: { badge, inputs } })).toMatchObject({ min_usd: 3 });
		expect(await priceOf({ A: { badge } })).toMatchObject({ min_usd: 2 });
	});

	it('says what is an estimate, and of which node nothing is known', async () => {
		const price = await priceOf({
			A: { badge: literal({ type: 'usd', usd: 0.035, format: { approximate: true } }) },
			B: { badge: literal({ type: 'text', text: '12 credits' }) },
		});
		expect(price).toEqual({
			min_usd: 0.035,
			max_usd: 0.035,
			approximate: true,
			unknown: ['2 · B'],
			text: 'about $0.035 and what 2 · B costs',
		});
	});

	it.each([
		['by the second', literal({ type: 'usd', usd: 0.05, format: { suffix: '/second' } }), {}],
		['in words', literal({ type: 'text', text: 'Token-based' }), {}],
		['below nothing', literal({ type: 'usd', usd: -1 }), {}],
		['that is not a number', literal({ type: 'usd', usd: 'much' }), {}],
		['that cannot be read', { expr: '$env("X")' }, {}],
		[
			'by a value that shows only in the run',
			{ expr: '{"type":"usd","usd":widgets.n}', widgets: [['n', 'INT']] },
			{ n: ['9', 0] },
		],
	] as Array<[string, Badge, Record<string, unknown>]>)(
		'is not known if it is one %s',
		async (_name, badge, inputs) => {
			expect(await priceOf({ A: { badge, inputs } })).toBeUndefined();
		},
	);

	it('is none of a workflow without them', async () => {
		const workflow = { 1: { class_type: 'SaveImage', inputs: {} } };
		expect(partnerPrice(workflow, {}, {})).toBeUndefined();
	});
});

const INFO = readInfo({
	Partner: { api_node: true, price_badge: { expr: '1' } },
	Free: { api_node: true },
	Own: { api_node: false },
});
const node = (class_type: string, title?: string) => ({
	class_type,
	inputs: {},
	...(title === undefined ? {} : { _meta: { title } }),
});

describe('the partner nodes of a workflow', () => {
	it('are told by their classes, with id and title', () => {
		const [one, two] = [node('Partner', 'x'.repeat(100)), node('Free')];
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
