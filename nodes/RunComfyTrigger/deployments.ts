import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { searchDeployments } from '../RunComfy/methods/listSearch';

/** The account's deployments, by name. */
export async function getDeployments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return (await searchDeployments.call(this)).results;
}
