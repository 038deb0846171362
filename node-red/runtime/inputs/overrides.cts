import type { NodeMessage } from 'node-red';
import {
	parseOverrides,
	parseWorkflow,
	toMediaInput,
	type Overrides,
	type WorkflowApiJson,
} from '../../../core/index.js';
import { isDefaultSource, isEmpty, withSource, type Fields, type Inputs } from './inputs.cjs';
import { snapshot } from './snapshot.cjs';

/** Bytes of the largest Buffer that is embedded in a request. */
export const MAX_EMBEDDED_BYTES = 32 * 1024 * 1024;

export interface ReadOverrides {
	overrides: Overrides;
	/** For the user, such as media larger than RunComfy recommends. */
	warnings: string[];
}

/**
 * The overrides of one message: from where the field says, and by default from `msg.overrides` or,
 * where that is absent, from an object in `msg.payload`. Beside rows only `msg.overrides` counts: a
 * payload is then what the rows read from. Buffers in them become data URIs.
 * @throws RunComfyError `invalid_overrides`, `invalid_input`
 */
export async function readOverrides(
	inputs: Inputs,
	fields: Fields,
	msg: NodeMessage,
): Promise<ReadOverrides> {
	const besideRows = fields['inputMode'] === 'rows';
	const given = besideRows ? msg['overrides'] : await inputs.value('overrides');
	const fromPayload =
		!besideRows &&
		given === undefined &&
		isDefaultSource(fields, 'overrides') &&
		isPlainObject(msg.payload);
	const named = besideRows ? 'msg.overrides' : inputs.source('overrides');
	const source = fromPayload ? 'msg.payload' : named;
	const copy = snapshot(fromPayload ? msg.payload : given, 'overrides');
	try {
		// Before the core looks at them: it would take a Buffer for an object with a key per byte.
		const warnings = await embedBytes(copy);
		return { overrides: parseOverrides(copy), warnings };
	} catch (error) {
		throw withSource(error, source);
	}
}

/** The inline workflow, or undefined when the field is empty. @throws RunComfyError `invalid_input` */
export async function readWorkflow(inputs: Inputs): Promise<WorkflowApiJson | undefined> {
	const given = await inputs.value('workflow');
	return isEmpty(given) ? undefined : parseWorkflow(snapshot(given, 'workflow'));
}

/** Replaces Buffers among the inputs by data URIs, in place. */
async function embedBytes(overrides: unknown): Promise<string[]> {
	const warnings: string[] = [];
	if (!isPlainObject(overrides)) return warnings;
	for (const [nodeId, override] of Object.entries(overrides)) {
		const values: unknown = isPlainObject(override) ? override['inputs'] : undefined;
		if (!isPlainObject(values)) continue;
		for (const [name, value] of Object.entries(values)) {
			if (!(value instanceof Uint8Array)) continue;
			const media = await toMediaInput(value, {
				filename: `The Buffer for node ${nodeId}, input ${name},`,
				maxBytes: MAX_EMBEDDED_BYTES,
			});
			warnings.push(...media.warnings);
			values[name] = media.value;
		}
	}
	return warnings;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
	return (
		typeof value === 'object' &&
		value !== null &&
		!Array.isArray(value) &&
		!(value instanceof Uint8Array)
	);
}
