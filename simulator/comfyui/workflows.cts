import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isObject, parseJson } from '../json.cjs';
import { isGraphNode } from '../run/graph.cjs';
import type { ComfyuiWorkflow, Graph } from '../types.cjs';

const UUID = /^(?<id>[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})=(?<file>.+)$/i;

/**
 * Turns a workflow file in API format into a deployment with the file's name.
 * @param argument the file, or `<deployment id>=<file>`
 * @throws Error that says what is wrong with the file
 */
export function readWorkflow(argument: string): ComfyuiWorkflow {
	const { id, file = argument } = UUID.exec(argument)?.groups ?? {};
	const name = basename(file).replace(/\.json$/i, '');
	return { id: id ?? idOf(name), name, graph: readGraph(readFileSync(file, 'utf8')) };
}

function readGraph(text: string): Graph {
	const value = parseJson(text.replace(/^\uFEFF/, ''));
	if (isObject(value) && Array.isArray(value['nodes'])) {
		throw new Error('it is in the format of ComfyUI’s editor. Save it with File > Export (API)');
	}
	const nodes = isObject(value) ? Object.values(value) : [];
	if (nodes.length === 0 || !nodes.every(isGraphNode)) {
		throw new Error(
			'it is not a workflow in API format, in which each node has class_type and inputs',
		);
	}
	return value as Graph;
}

/** The id is the same for the same name, since flows store it. */
function idOf(name: string): string {
	const hex = createHash('sha256').update(name).digest('hex');
	return [
		...[hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`],
		hex.slice(20, 32),
	].join('-');
}

/** The deployment without a workflow file: it draws a picture, and needs no model. */
export const PLAIN_PICTURE: ComfyuiWorkflow = {
	id: idOf('plain-picture'),
	name: 'plain-picture',
	graph: {
		'1': {
			class_type: 'EmptyImage',
			inputs: { width: 512, height: 512, batch_size: 1, color: 3_368_601 },
			_meta: { title: 'Plain picture' },
		},
		'2': {
			class_type: 'SaveImage',
			inputs: { images: ['1', 0], filename_prefix: 'plain-picture' },
			_meta: { title: 'Save Image' },
		},
	},
};
