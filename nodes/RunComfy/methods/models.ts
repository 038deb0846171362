import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	describeModelInputs,
	getModel,
	listModelCategories,
	modelTexts,
	searchModels as findModels,
	type WorkflowField,
} from '../../../core';
import { toInputOptions } from '../parameters/furtherInputs';
import type { Session } from '../session/session';
import { listChoices, loadForm, LOOK_UP, readForEditor } from './editor';

const PAGE = 50;

/** Models as RunComfy finds them, with their prices. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter = '',
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	const search = filter.trim();
	const query = { limit: PAGE, offset: Number(paginationToken ?? 0), ...(search && { search }) };
	const page = await readForEditor(this, ({ client }) => findModels(client, query, LOOK_UP));
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
	const names = await readForEditor(this, ({ client }) => listModelCategories(client, LOOK_UP));
	return [
		{ name: 'All', value: '' },
		...names.map((name) => ({ name: name.replaceAll(/[-_]/g, ' '), value: name })),
	];
}

export async function getModelInputs(this: ILoadOptionsFunctions): Promise<ResourceMapperFields> {
	return loadForm(this, 'model', {
		noInputs:
			'RunComfy does not list the inputs of this model. Set Input Mode to JSON, and copy the input names from the model’s page.',
		readInputs: readInputsOfModel,
	});
}

/** Lists all inputs of the model, for the rows of Further Inputs. */
export async function listModelInputs(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return toInputOptions(await listChoices(this, 'model', readInputsOfModel));
}

async function readInputsOfModel({ client }: Session, id: string): Promise<WorkflowField[]> {
	return describeModelInputs(await getModel(client, id, LOOK_UP));
}
