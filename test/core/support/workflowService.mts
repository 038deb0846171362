// A service with one deployment, for tests of code that reads its workflow.
import { stringifyJson } from '../../../core/index';
import type { Reply, Script, Seen } from './virtualHost.mts';
import { GRAPH, OBJECT_INFO } from './workflowGraphs.mts';

export const INFO_URL = 'https://files.example.com/object_info.json';
export const DEPLOYMENT: Reply = {
	body: stringifyJson({
		id: 'dep',
		payload: { workflow_api_json: GRAPH, overrides: {}, object_info_url: INFO_URL },
	}),
};
export const INFO: Reply = { body: JSON.stringify(OBJECT_INFO) };

/** Makes a service with one deployment, or with what a test asks for. */
export const service =
	(deployment: Reply | Error = DEPLOYMENT, info: Reply | Error = INFO): Script =>
	({ leaf }: Seen) =>
		leaf === 'object_info.json' ? info : deployment;

export const payload = (fields: object): Reply => ({
	body: JSON.stringify({ id: 'dep', payload: fields }),
});
