import { describe, expect, it } from '@jest/globals';
import {
	givesPartnerKey,
	hasNoPartnerNodes,
	partnerNodesOf,
} from '../../../../core/workflow/partner/nodes';
import { readInfo } from '../../support/v3Classes.mts';

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

	it('are certainly none only where every class is known', () => {
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
