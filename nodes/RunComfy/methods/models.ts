import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	describeModelInputs,
	fieldLabels,
	getModel,
	listModelCategories,
	LOOK_UP_RETRIES,
	type ModelField,
	modelLabel,
	searchModels as findModels,
	toModelId,
	toRunComfyError,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { idOf } from '../parameters/formFields';
import { layOutForm } from '../parameters/formLayout';
import { openSession, type Session } from '../session/session';
import { chosenIn, inUse, isExpression, keepForm, notice } from './form';

/** Models in one part of the list. */
const PAGE = 50;

const LOOK_UP = { retries: LOOK_UP_RETRIES };

/** The models that RunComfy finds for the filter, with their prices. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const search = filter.trim();
	const query = { limit: PAGE, offset: Number(paginationToken ?? 0), ...(search && { search }) };
	const page = await lookUp(this, ({ client }) => findModels(client, query, LOOK_UP));
	const results = page.models.map((model) => ({
		name: modelLabel(model),
		value: model.model_id,
		...(model.model_url ? { url: model.model_url } : {}),
	}));
	const { nextOffset } = page;
	return { results, ...(nextOffset === undefined ? {} : { paginationToken: String(nextOffset) }) };
}

export async function getModelCategories(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const names = await lookUp(this, ({ client }) => listModelCategories(client, LOOK_UP));
	return [
		{ name: 'All', value: '' },
		...names.map((name) => ({ name: name.replaceAll(/[-_]/g, ' '), value: name })),
	];
}

/** The inputs of the model, as fields of a form. */
export async function getModelInputs(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	const given = chosenIn(this, 'modelId');
	if (given === undefined)
		return notice('Choose a model. Its inputs become the fields of this form.');
	if (isExpression(given)) return keepForm(this, FORM, EXPRESSION);
	try {
		const inputs = await readInputs(await openSession(this), given);
		const fields = layOutForm(inputs, inUse(this, FORM), new Map());
		return fields.length > 0 ? { fields } : notice(NO_INPUTS);
	} catch (thrown) {
		const { message, hint } = toRunComfyError(thrown, 'bad_response');
		return keepForm(this, FORM, `The inputs could not be loaded. ${message}. ${hint}`);
	}
}

const FORM = 'modelInputs';

const EXPRESSION =
	'The model comes from an expression that has no value yet, so its inputs are not known. Choose the model from the list, execute the nodes before this one, or set Input Mode to JSON.';

const NO_INPUTS =
	'RunComfy does not tell what this model takes. Set Input Mode to JSON, and take the names of the inputs from the page of the model.';

/** The inputs of the model that take a file, for the rows of Input Files. */
export async function getModelFileInputs(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const inputs = (await modelInputsToChoose(this)).filter(({ spec }) => spec.kind === 'media');
	const labels = fieldLabels(inputs);
	const choices = inputs.map((field, index) => ({
		name: labels[index] ?? field.name,
		value: idOf(field),
		description: `Input: ${field.input}`,
	}));
	const [only] = choices;
	return only && choices.length === 1
		? [{ ...only, name: `Automatic: ${only.name}`, value: '' }, ...choices]
		: choices;
}

/** None until a model is known. @throws NodeOperationError | NodeApiError for n8n to show */
export async function modelInputsToChoose(context: ILoadOptionsFunctions): Promise<ModelField[]> {
	const given = chosenIn(context, 'modelId');
	if (given === undefined || isExpression(given)) return [];
	return lookUp(context, (session) => readInputs(session, given));
}

async function readInputs({ client }: Session, given: unknown): Promise<ModelField[]> {
	return describeModelInputs(await getModel(client, toModelId(given), LOOK_UP));
}

/** @throws NodeOperationError | NodeApiError for n8n to show */
async function lookUp<T>(
	context: ILoadOptionsFunctions,
	look: (session: Session) => Promise<T>,
): Promise<T> {
	let session: Session | undefined;
	try {
		session = await openSession(context);
		return await look(session);
	} catch (thrown) {
		throw toNodeError(thrown, { node: context.getNode(), secrets: session?.secrets ?? [] });
	}
}
