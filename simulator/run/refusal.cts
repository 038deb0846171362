import type { JsonObject, NodeErrors, RunError } from '../types.cjs';

const EXECUTION_FAILED = 10011;

export const runError = (
	error: string,
	details: string,
	debugInfo: string,
	errorCode = EXECUTION_FAILED,
): RunError => ({ error, details, debugInfo, errorCode });

/** What ComfyUI answers, with HTTP 400, to a prompt that it does not run (`validate_prompt` in execution.py). */
export interface Refusal {
	error: { type: string; message: string; details: string; extra_info: JsonObject };
	/** Why, node by node. If the fault lies before an output node, it is said here only. */
	node_errors: NodeErrors;
}

export function refusalError({ error, node_errors }: Refusal): RunError {
	const { type, message, details } = error;
	const between = message.endsWith('.') ? ' ' : ': ';
	return {
		...runError('ComfyUIQueuePromptError', details ? message + between + details : message, type),
		...(Object.keys(node_errors).length > 0 && { node_errors }),
	};
}

/** What a run failed at, for people. */
export function describeError({ details, node_errors = {} }: RunError): string {
	const reasons = Object.entries(node_errors).flatMap(([id, { class_type, errors }]) =>
		errors.map((one) => `Node ${id} (${class_type}): ${one.message}: ${one.details}`),
	);
	return reasons.length > 0 ? reasons.join('; ') : details;
}
