import { nodeOf, reachedFrom, sourcesOf, type WorkflowApiJson } from '../comfyui/graph';
import { missingInputs } from '../comfyui/inputsOf';
import { classOf, nodeInputs } from '../comfyui/node';
import type { ObjectInfo } from '../comfyui/objectInfo';
import { asObject } from '../json/objects';
import { listFew } from '../text';
import { few, type Finding, missingInput, MOST_KEPT, nameOf } from './findings';

/**
 * What becomes of a workflow whose nodes lack inputs: ComfyUI drops every output that needs such a node
 * and runs the others, which is a warning. If none is left, or it is not `certain` which ones are left, the
 * inputs are findings.
 */
export function checkComplete(
	workflow: WorkflowApiJson,
	info: ObjectInfo,
): { findings: Finding[]; warnings: string[]; certain: boolean } {
	const { known, outputs, needed } = neededNodes(workflow, info);
	const missing = needed.flatMap((id) =>
		missingOf(workflow, info, id).map(({ name, types }) => ({ id, name, types })),
	);
	const lacking = missing.map(({ id }) => id);
	const dropped = known && lacking.length > 0 ? fedBy(workflow, needed, lacking) : new Set();
	const lost = outputs.filter((id) => dropped.has(id));
	const findings = missing
		.slice(0, MOST_KEPT)
		.map(({ id, name, types }) => missingInput(workflow, id, name, types));
	if (lost.length === 0 || lost.length === outputs.length) {
		return { findings, warnings: [], certain: known };
	}
	const names = few(lost.map((id) => nameOf(id, workflow)));
	const reasons = listFew(findings.map(({ message }) => message));
	const warning = `ComfyUI skips what cannot run and runs the rest, so nothing comes out of ${names}: ${reasons}`;
	return { findings: [], warnings: [warning], certain: true };
}

/** What ComfyUI runs: the nodes that an output needs, or all nodes if it is not `known` which ones give an output. */
export function neededNodes(
	workflow: WorkflowApiJson,
	info: ObjectInfo,
): { known: boolean; outputs: string[]; needed: string[] } {
	const ids = Object.keys(workflow);
	const isOutput = (id: string) => classOf(workflow[id], info)?.outputNode;
	const known = ids.every((id) => isOutput(id) !== undefined);
	const outputs = ids.filter(isOutput);
	return { known, outputs, needed: known ? [...reachedFrom(workflow, outputs)] : ids };
}

function missingOf(workflow: WorkflowApiJson, info: ObjectInfo, nodeId: string) {
	const node = nodeOf(workflow, nodeId);
	const known = node && nodeInputs(node, info);
	return known ? missingInputs(known.inputs, asObject(node.inputs)) : [];
}

/** The nodes that need one of `sources`, and `sources` themselves. */
function fedBy(
	workflow: WorkflowApiJson,
	nodes: readonly string[],
	sources: readonly string[],
): Set<string> {
	const takers = new Map<string, string[]>();
	for (const id of nodes) {
		for (const source of sourcesOf(workflow, id)) {
			const before = takers.get(source);
			if (before) before.push(id);
			else takers.set(source, [id]);
		}
	}
	const fed = new Set(sources);
	for (const id of fed) for (const taker of takers.get(id) ?? []) fed.add(taker);
	return fed;
}
