import { parseJson, type SubmitInput } from '../../core/index.js';
import type { Action } from './action.cjs';
import { invalidInput, messageOf } from './errors.cjs';
import { readDeploymentId } from './ids.cjs';
import { isEmpty, kindOf, readText, type Inputs } from './inputs.cjs';
import { readOverrides, readWorkflow } from './overrides.cjs';
import { snapshot } from './snapshot.cjs';

export interface Submission {
	input: SubmitInput;
	/** For the user, such as media larger than RunComfy recommends. */
	warnings: string[];
}

/**
 * What to submit, from the fields and the message.
 * @throws RunComfyError `invalid_input`, `invalid_overrides`
 */
export async function readSubmission({
	node,
	inputs,
	fields,
	msg,
}: Pick<Action, 'node' | 'inputs' | 'fields' | 'msg'>): Promise<Submission> {
	const deploymentId = await readDeploymentId(inputs);
	const { overrides, warnings } = await readOverrides(inputs, fields, msg);
	for (const warning of warnings) node.warn(warning);
	const workflowApiJson = await readWorkflow(inputs);
	const hasOverrides = Object.keys(overrides).length > 0;
	return {
		input: {
			deploymentId,
			// RunComfy's own tools leave overrides out beside an inline workflow, unless there are some.
			overrides: workflowApiJson && !hasOverrides ? undefined : overrides,
			workflowApiJson,
			extraData: await readExtraData(inputs),
			webhook: await readText(inputs, 'webhook'),
		},
		warnings,
	};
}

async function readExtraData(inputs: Inputs): Promise<Record<string, unknown> | undefined> {
	const given = await inputs.value('extraData');
	if (isEmpty(given)) return undefined;
	const value = typeof given === 'string' ? parse(given) : snapshot(given, 'extra data');
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
		return value as Record<string, unknown>;
	}
	throw invalidInput(`The extra data are ${kindOf(value)} instead of an object`, EXTRA_DATA_HINT);
}

const EXTRA_DATA_HINT =
	'Give an object such as {"api_key_comfy_org": "…"}, or leave the field empty.';

function parse(text: string): unknown {
	try {
		return parseJson(text);
	} catch (error) {
		throw invalidInput(`The extra data are not valid JSON: ${messageOf(error)}`, EXTRA_DATA_HINT);
	}
}
