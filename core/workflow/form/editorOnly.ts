import type { WorkflowNode } from '../graph';
import { type NodeInputs, takesInput } from '../inputsOf';
import { MEDIA_INPUTS } from '../inputSpec';

/**
 * Whether an input is only what ComfyUI's editor keeps beside the inputs, and some exports hold: a
 * button, a preview, what a node showed last. If the class is known, all that it does not take.
 */
export function isOfEditor(
	node: WorkflowNode,
	input: string,
	known: NodeInputs | undefined,
): boolean {
	const saved = node.inputs[input];
	const spec = known?.inputs.find(({ name }) => name === input)?.spec;
	if (spec) return spec.noValue === true || spec.hidden === true;
	if (shows(node, saved)) return true;
	if (!known) return looksOfEditor(node, input, saved);
	if (input.includes('.')) return known.elsewhere.has(input);
	return looksOfEditor(node, input, saved) || !takesInput(known, input);
}

// What such a node shows came from the run before.
function shows({ class_type: type }: WorkflowNode, saved: unknown): boolean {
	return /^(Show|Display)|\b(show|display)(Text|Any)/i.test(type) && typeof saved === 'string';
}

const BUTTONS = /^(upload|choose \w+ to upload|control_(after|before)_generate)$/i;
const DRAWN = /(ui|widget|preview|comparer)$/i;

function looksOfEditor({ class_type: type }: WorkflowNode, input: string, saved: unknown): boolean {
	if (BUTTONS.test(input)) return true;
	const flag = typeof saved === 'boolean' || typeof saved === 'number';
	if (!flag && DRAWN.test(input)) return true;
	// Such as "➕ Add Lora" and "Update inputs".
	if (saved === '' && (/^[^\w]/.test(input) || input.includes(' '))) return true;
	return /^(Save|Preview)/.test(type) && MEDIA_INPUTS.includes(input) && typeof saved !== 'object';
}
