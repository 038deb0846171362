import { asList, asNumber, asObject, asText, tried } from '../../json/objects';
import { isLink, type WorkflowApiJson } from '../graph';
import { currentInputs } from '../inputsOf';
import type { ObjectInfo } from '../objectInfo';
import type { Overrides } from '../overrides';
import { evaluateExpression } from './expression';
import { type PartnerNode, partnerNodesOf } from './nodes';

/** What partners charge for one run at comfy.org, in addition to RunComfy's price. Plain data. */
export interface PartnerPrice {
	/** US dollars; of the nodes whose price is known. */
	min_usd: number;
	max_usd: number;
	approximate?: true;
	/** Partner nodes whose price is not known, such as "5 · ByteDance Seedream". */
	unknown?: string[];
	/** For people: "about $0.39". */
	text: string;
}

/** The price of a run's partner nodes by their `price_badge` and the run's values; undefined if none is known. */
export function partnerPrice(
	workflow: WorkflowApiJson,
	info: ObjectInfo,
	overrides: Overrides = {},
): PartnerPrice | undefined {
	const nodes = partnerNodesOf(workflow, info);
	const prices = nodes.map((one) => priceOf(one, overrides[one.nodeId]?.inputs));
	const known = prices.filter((price) => price !== undefined);
	if (known.length === 0) return undefined;
	const sum = (pick: (price: Price) => number) =>
		Number(known.reduce((all, price) => all + pick(price), 0).toFixed(6));
	const [min_usd, max_usd] = [sum(({ min }) => min), sum(({ max }) => max)];
	const approximate = known.some((price) => price.approximate);
	const unknown = nodes.filter((_node, i) => !prices[i]).map(({ label }) => label);
	const amount =
		min_usd === max_usd ? dollars(min_usd) : `${dollars(min_usd)} to ${dollars(max_usd)}`;
	const more = unknown.length > 0 ? ` and what ${unknown.join(', ')} costs` : '';
	return {
		min_usd,
		max_usd,
		...(approximate ? { approximate } : {}),
		...(unknown.length > 0 ? { unknown } : {}),
		text: `${approximate ? 'about ' : ''}${amount}${more}`,
	};
}

interface Price {
	min: number;
	max: number;
	approximate: boolean;
}

function priceOf(
	{ node, priceBadge }: PartnerNode,
	override: Record<string, unknown> | undefined,
): Price | undefined {
	const badge = asObject(priceBadge);
	const expression = asText(badge['expr']);
	if (expression === undefined) return undefined;
	// A price that cannot be worked out is not known: no reason not to run.
	return tried(() => {
		const input = inputOf(currentInputs(node, override), asObject(badge['depends_on']));
		return input && readPrice(asObject(evaluateExpression(expression, input)));
	});
}

/** What ComfyUI's frontend gives a badge to read; undefined if a value shows only in the run. */
function inputOf(
	values: Record<string, unknown>,
	depends: Record<string, unknown>,
): object | undefined {
	const widgets = asList(depends['widgets']).map((widget) => {
		const { name, type } = asObject(widget);
		return [String(name ?? widget), widgetValue(values[String(name ?? widget)], type)] as const;
	});
	if (widgets.some(([, value]) => isLink(value))) return undefined;
	const named = (names: unknown, valueOf: (name: string) => unknown) =>
		Object.fromEntries(asList(names).map((name) => [String(name), valueOf(String(name))]));
	const isLinked = (name: string) => isLink(values[name]);
	const linksIn = (group: string) =>
		Object.keys(values).filter((name) => name.startsWith(`${group}.`) && isLinked(name)).length;
	return {
		widgets: Object.fromEntries(widgets) as object,
		inputs: named(depends['inputs'], (name) => ({ connected: isLinked(name) })),
		inputGroups: named(depends['input_groups'], linksIn),
	};
}

/** Texts in lower case, numbers as numbers: what the expressions count on. */
function widgetValue(value: unknown, type: unknown): unknown {
	if (value === undefined || value === '') return null;
	if (type === 'INT' || type === 'FLOAT')
		return isLink(value) ? value : (asNumber(value) ?? Number(value));
	return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

/** A price in dollars for a run; ComfyUI has other kinds, too. */
function readPrice(price: Record<string, unknown>): Price | undefined {
	const { suffix, approximate } = asObject(price['format']);
	// So much for a second, say: what the run will cost shows only in the run.
	if (typeof suffix === 'string' && !/^\s*(?:\/\s*)?run\s*$/i.test(suffix)) return undefined;
	const amounts =
		price['type'] === 'usd'
			? [price['usd']]
			: price['type'] === 'range_usd'
				? [price['min_usd'], price['max_usd']]
				: price['type'] === 'list_usd'
					? asList(price['usd'])
					: [];
	const numbers = amounts.filter(
		(one) => typeof one === 'number' && Number.isFinite(one) && one >= 0,
	);
	if (numbers.length === 0 || numbers.length < amounts.length) return undefined;
	const sorted = (numbers as number[]).sort((a, b) => a - b);
	return {
		min: sorted[0] as number,
		max: sorted.at(-1) as number,
		approximate: approximate === true,
	};
}

/** With as many digits as a small price needs. */
function dollars(usd: number): string {
	const digits = usd > 0 && usd < 0.1 ? 3 : 2;
	return `$${usd.toFixed(digits).replace(/(\.\d\d)0$/, '$1')}`;
}
