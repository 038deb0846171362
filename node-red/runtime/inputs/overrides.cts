import type { NodeMessage } from 'node-red';
import {
	isObject,
	type Overrides,
	parseOverrides,
	parseUserJson,
	parseWorkflow,
	readWorkflowFile,
	type WorkflowApiJson,
} from '../../../core/index.js';
import { invalidInput } from '../errors.cjs';
import {
	type Fields,
	type Inputs,
	isDefaultSource,
	isEmpty,
	kindOf,
	type Reading,
	withSource,
} from './inputs.cjs';
import { snapshot } from './snapshot.cjs';

/** How a text that a flow computes gets into JSON. */
const ADVICE = 'Or give an object instead of text, for example with JSONata or a function node.';

/**
 * The overrides of one message: from where the field says, and by default from `msg.overrides` or,
 * if that is absent, from an object in `msg.payload`. Beside rows only `msg.overrides` counts: a
 * payload is then what the rows read from. Buffers in them stay what they are.
 * @throws RunComfyError `invalid_overrides`, `invalid_input`
 */
export async function readOverrides(
	inputs: Inputs,
	fields: Fields,
	msg: NodeMessage,
): Promise<Overrides> {
	const { copy, source } = await readGiven(inputs, fields, msg);
	try {
		return parseOverrides(copy, { name: 'Overrides', advice: ADVICE });
	} catch (error) {
		throw withSource(error, source);
	}
}

/** Like `readOverrides`, for inputs by name. @throws RunComfyError `invalid_input` */
export async function readDirectInputs({
	inputs,
	fields,
	msg,
}: Pick<Reading, 'inputs' | 'fields' | 'msg'>): Promise<Record<string, unknown>> {
	const { copy, source } = await readGiven(inputs, fields, msg);
	try {
		return parseDirectInputs(copy);
	} catch (error) {
		throw withSource(error, source);
	}
}

/** Reads inputs from an object, or from JSON text of one. @throws RunComfyError `invalid_input` */
export function parseDirectInputs(given: unknown): Record<string, unknown> {
	if (isEmpty(given)) return {};
	const isText = typeof given === 'string';
	const inputs = isText ? parseUserJson(given, { name: 'Inputs', advice: ADVICE }) : given;
	if (isPlainObject(inputs)) return inputs;
	throw invalidInput(
		`The inputs are ${kindOf(inputs)} instead of an object`,
		'Give an object such as { "prompt": "a cat" }.',
	);
}

async function readGiven(inputs: Inputs, fields: Fields, msg: NodeMessage) {
	const { inputMode, rows } = fields;
	const besideRows = inputMode === 'rows';
	const given = besideRows ? msg['overrides'] : await inputs.value('overrides');
	const fromPayload =
		!besideRows &&
		// A payload of names and values may be what the rows read from.
		!(inputMode === 'direct' && Array.isArray(rows) && rows.length > 0) &&
		given === undefined &&
		isDefaultSource(fields, 'overrides') &&
		isPlainObject(msg.payload);
	const named = besideRows ? 'msg.overrides' : inputs.source('overrides');
	const source = fromPayload ? 'msg.payload' : named;
	return { copy: snapshot(fromPayload ? msg.payload : given, 'overrides'), source };
}

/**
 * The workflow to run in place of the deployment's: JSON, or the bytes of a file that contains it. Undefined when the
 * field is empty.
 * @throws RunComfyError `invalid_input`
 */
export async function readWorkflow(inputs: Inputs): Promise<WorkflowApiJson | undefined> {
	const given = await inputs.value('workflow');
	if (isEmpty(given)) return undefined;
	if (given instanceof Uint8Array) {
		return readWorkflowFile(given, { name: `The file in ${inputs.source('workflow')}` });
	}
	return parseWorkflow(snapshot(given, 'workflow'), { name: 'Workflow' });
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
	return isObject(value) && !(value instanceof Uint8Array);
}
