import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	checkId,
	describeModelInputs,
	findModels,
	getModel,
	labelled,
	listModelCategories,
	modelTexts,
	type WorkflowField,
} from '../../../core';
import { idOf, layOutForm } from '../parameters/formFields';
import { toInputOptions } from '../parameters/furtherInputs';
import type { Session } from '../session/session';
import { listOf, loadForm, LOOK_UP, lookUp } from './lookUp';

const PAGE = 50;

/** Finds models by name or category, with their prices. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const search = filter.trim();
	const query = { limit: PAGE, offset: Number(paginationToken ?? 0), ...(search && { search }) };
	const page = await lookUp(this, ({ client }) => findModels(client, query, LOOK_UP));
	const results = page.models.map((model) => ({
		name: modelTexts(model).label,
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

export async function getModelInputs(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return loadForm(this, {
		service: 'model',
		noInputs:
			'RunComfy does not list the inputs of this model. Set Input Mode to JSON, and copy the input names from the model’s page.',
		fieldsOf: async (session, given, inUse) =>
			layOutForm(await readInputsOfModel(session, given), inUse),
	});
}

/** Lists the model's file inputs, for the rows of Input Files. */
export async function getModelFileInputs(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const inputs = (await listOf(this, 'modelId', readInputsOfModel)).filter(
		({ spec }) => spec.kind === 'media',
	);
	const choices = labelled(inputs).map((field) => ({
		name: field.label,
		value: idOf(field),
		description: `Input: ${field.input}`,
	}));
	const [only, another] = choices;
	return only && !another ? [automatic(only), ...choices] : choices;
}

/** The entry that picks the only possible input automatically. */
export function automatic(only: INodePropertyOptions): INodePropertyOptions {
	return { ...only, name: `Automatic: ${only.name}`, value: '' };
}

/** Lists all inputs of the model, for the rows of Further Inputs. */
export async function listModelInputs(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return toInputOptions(await listOf(this, 'modelId', readInputsOfModel));
}

async function readInputsOfModel({ client }: Session, given: unknown): Promise<WorkflowField[]> {
	return describeModelInputs(await getModel(client, checkId(given, 'model id'), LOOK_UP));
}
