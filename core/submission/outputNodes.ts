import type { OutputNode } from '../files/silent';
import { titleOf, type WorkflowApiJson } from '../workflow/graph';
import type { ObjectInfo } from '../workflow/objectInfo';
import { cut } from './findings';

/** What a workflow runs for is kept beside the request: of one with thousands of outputs not all. */
const MOST = 100;

/** The output nodes of a workflow, as far as their classes are known. */
export function outputNodesOf(workflow: WorkflowApiJson, info: ObjectInfo): OutputNode[] {
	return Object.entries(workflow)
		.filter(([, { class_type }]) => Object.hasOwn(info, class_type) && info[class_type]?.outputNode)
		.slice(0, MOST)
		.map(([id, node]) => ({ id, title: cut(titleOf(node)) }));
}
