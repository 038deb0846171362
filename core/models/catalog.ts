import { ANSWER_BYTES } from '../defaults';
import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { modelsUrl } from '../http/paths';
import {
	asList,
	asNumber,
	asObject,
	asString,
	compact,
	expectList,
	expectObject,
	isObject,
	type JsonObject,
	toNumber,
} from '../json/objects';
import { oneLine } from '../text';

/** A model that RunComfy hosts. Fields that are not listed here are kept, too. */
export interface Model {
	/** Such as `blackforestlabs/flux-2/flash/text-to-image`. */
	model_id: string;
	display_name: string;
	description?: string;
	categories: string[];
	/** Base price in US dollars per `price_unit`. The actual cost of a request comes with its result. */
	base_price_usd?: number;
	price_unit?: string;
	/** The model's page on RunComfy; https only. */
	model_url?: string;
	required_inputs?: string[];
	/** JSON Schema of the inputs; absent in lists of models. */
	input_schema?: JsonObject;
}

export interface ModelQuery {
	/** Words for RunComfy's own search. */
	search?: string | undefined;
	category?: string | undefined;
	/** 1 to 500. */
	limit?: number | undefined;
	offset?: number | undefined;
}

export interface ModelPage {
	models: Model[];
	total?: number;
	/** Offset of the next page; absent on the last page. */
	nextOffset?: number;
}

/** `GET /v1/models` (docs.runcomfy.com/model-apis): one page of the matching models. @throws RunComfyError */
export async function searchModels(
	client: Client,
	query: ModelQuery = {},
	options: CallOptions = {},
): Promise<ModelPage> {
	const { offset = 0 } = query;
	return exchange(
		client,
		{
			url: withQuery(modelsUrl(client), query),
			maxBytes: ANSWER_BYTES.deployments,
			read: (body) => readPage(asObject(body), offset),
		},
		options,
	);
}

/** `GET /v1/models/categories`. @throws RunComfyError */
export async function listModelCategories(
	client: Client,
	options: CallOptions = {},
): Promise<string[]> {
	return exchange(
		client,
		{
			url: `${modelsUrl(client)}/categories`,
			read: (body) => readNames(expectList(asObject(body)['categories'], 'categories')),
		},
		options,
	);
}

function withQuery(url: string, { search, category, limit, offset }: ModelQuery): string {
	const fields = { search: search?.trim(), category: category?.trim(), limit, offset };
	const params = Object.entries(fields).flatMap(
		([name, value]): Array<[string, string]> => (value ? [[name, String(value)]] : []),
	);
	return params.length > 0 ? `${url}?${new URLSearchParams(params)}` : url;
}

function readPage(body: JsonObject, offset: number): ModelPage {
	const list = expectList(body['models'], 'models');
	const models = list.filter((one) => asString(asObject(one)['model_id'])).map(readModel);
	const total = asNumber(body['total']);
	const next = offset + list.length;
	const more = list.length > 0 && next < (total ?? 0);
	return { models, ...compact({ total, nextOffset: more ? next : undefined }) };
}

/** @throws RunComfyError `bad_response` */
export function readModel(body: unknown): Model {
	const raw = expectObject(body, 'model');
	const { input_schema: schema, required_inputs: required, base_price_usd, ...others } = raw;
	const { description, price_unit, model_url, ...rest } = others;
	const model_id = asString(raw['model_id']);
	if (model_id === undefined) {
		throw new RunComfyError('bad_response', 'The answer holds no model id');
	}
	const price = toNumber(base_price_usd);
	return {
		...rest,
		model_id,
		display_name: asString(raw['display_name']) ?? model_id,
		categories: readNames(raw['categories']),
		...compact({
			description: asString(description),
			base_price_usd: Number.isFinite(price) ? price : undefined,
			price_unit: asString(price_unit),
			model_url: pageIn(model_url),
			required_inputs: Array.isArray(required) ? readNames(required) : undefined,
			input_schema: isObject(schema) ? schema : undefined,
		}),
	};
}

/** Only https, because hosts open the page on a click. */
function pageIn(value: unknown): string | undefined {
	const url = asString(value);
	return url?.startsWith('https://') && URL.canParse(url) ? url : undefined;
}

/** Reads names from texts, or from objects with a `name` or an `id`. */
function readNames(list: unknown): string[] {
	return asList(list).flatMap((one) => {
		const { name, id } = asObject(one);
		return asString(one) ?? asString(name) ?? asString(id) ?? [];
	});
}

/** The base price, such as "$0.012 / image"; undefined if not known. Options may make a run more expensive. */
export function modelPrice({ base_price_usd: usd, price_unit }: Model): string | undefined {
	if (usd === undefined || usd < 0) return undefined;
	// Avoids output such as 0.0120000001 and 1.2e-7.
	const dollars = usd.toFixed(6).replace(/0{1,4}$/, '');
	const unit = oneLine((price_unit ?? '').replace(/^per[\s_]+/i, '').replaceAll('_', ' '), 40);
	return unit ? `$${dollars} / ${unit}` : `$${dollars}`;
}

/**
 * Texts that hosts show for a model. `label` is its entry in a list: "FLUX.2 flash · $0.012 / image · text to
 * image".
 */
export function modelTexts(model: Model): { label: string; price: string | undefined } {
	const [category = ''] = model.categories;
	const price = modelPrice(model);
	const parts = [model.display_name, price ?? '', category.replace(/[-_]+/g, ' ')];
	const texts = parts.map((part) => oneLine(part, 100)).filter(Boolean);
	return { label: texts.join(' · '), price };
}
