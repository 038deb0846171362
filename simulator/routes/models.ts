import { isGoneFrom } from '../files';
import type { HostedModel } from '../models/catalog';
import { costOf } from '../models/catalog';
import { checkInputs } from '../models/check';
import { runModel } from '../models/outputs';
import type { Reply } from '../reply';
import { ApiError, json } from '../reply';
import type { JsonObject } from '../types';
import type { Context } from './context';
import { accept, outcomeOfFault } from './submit';

/** `GET /v1/models?search=…&category=…&limit=…&offset=…` */
export function list({ world, url: { searchParams: query } }: Context): Reply {
	const limit = Number(query.get('limit') ?? 100);
	const offset = Number(query.get('offset') ?? 0);
	const category = query.get('category') ?? '';
	const words = (query.get('search') ?? '').toLowerCase().split(/\s+/);
	const found = [...world.models.values()].filter((model) => {
		const about = [model.model_id, model.display_name, model.description].join(' ').toLowerCase();
		return (
			words.every((word) => about.includes(word)) &&
			(category === '' || model.categories.includes(category))
		);
	});
	const models = found.slice(offset, offset + limit).map(describe);
	return json({ models, total: found.length, limit, offset });
}

/** `GET /v1/models/categories` */
export function categories({ world }: Context): Reply {
	const all = [...world.models.values()].flatMap((model) => model.categories);
	return json({ categories: [...new Set(all)].sort() });
}

/** `GET /v1/models/{model_id}` */
export function get(context: Context): Reply {
	const model = modelOf(context);
	return json({ ...describe(model), input_schema: model.schema ?? null });
}

/** `POST /v1/models/{model_id}` */
export function submit(context: Context): Reply {
	const { world, body } = context;
	const model = modelOf(context);
	const isGone = isGoneFrom(world);
	const inputs = checkInputs(model.schema, body);
	const cost = costOf(model, inputs);
	world.catchUp();
	if (world.balance() < cost * 1e6) {
		throw new ApiError(400002, 'InsufficientResources: the account has no balance for this');
	}
	const byFault = outcomeOfFault(context, () => ({ where: '', trace: '', shape: 'object' }));
	return accept(context, model, {
		deploymentId: '',
		modelId: model.id,
		overrides: inputs,
		graph: {},
		outcome: byFault ?? runModel(model, inputs, isGone),
		cost,
		flatOutput: true,
	});
}

/** @throws ApiError 400001, also if the slashes of the id are percent-encoded, which makes another path */
function modelOf({ world, params, url }: Context): HostedModel {
	const model = world.models.get(params['modelId'] ?? '');
	if (model === undefined || /%2f/i.test(url.pathname)) {
		throw new ApiError(400001, 'InvalidResourceIdentifier: there is no such model');
	}
	return model;
}

function describe(model: HostedModel): JsonObject {
	const { model_id, display_name, description, categories, schema } = model;
	const { base_price_usd, price_unit } = model;
	return {
		model_id,
		display_name,
		description,
		categories,
		base_price_usd,
		price_unit,
		model_url: `https://www.runcomfy.com/models/${model_id}`,
		inputs: Object.keys(schema?.['properties'] ?? {}),
		required_inputs: schema?.['required'] ?? [],
	};
}
