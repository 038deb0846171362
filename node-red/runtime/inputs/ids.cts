import { checkId, type RequestRef, type Target } from '../../../core/index.js';
import { invalidInput } from '../errors.cjs';
import { type Inputs, isDefaultSource, isEmpty, type Reading, withSource } from './inputs.cjs';

/** An id, or the address of the deployment's page. @throws RunComfyError `invalid_input` */
export function readDeploymentId(inputs: Inputs): Promise<string> {
	return readChecked(inputs, 'deploymentId', 'deployment id');
}

/** What a node runs. @throws RunComfyError `invalid_input` */
export async function readTarget({ fields, inputs }: IdSource): Promise<Target> {
	const target = isEmpty(fields['target']) ? 'deployment' : String(fields['target']);
	if (target === 'deployment') return { deploymentId: await readDeploymentId(inputs) };
	if (target === 'model') return { service: 'model', modelId: await readModelId(inputs) };
	throw invalidInput(
		`There is no target called "${target.slice(0, 60)}"`,
		'Choose deployment or model.',
	);
}

export function targetOf({ service, deploymentId, modelId }: Target): Target {
	return service === 'model' ? { service, modelId } : { deploymentId };
}

/** @throws RunComfyError `invalid_input` */
export async function readRequestRef(action: IdSource & Pick<Reading, 'msg'>): Promise<RequestRef> {
	const { fields, inputs, msg } = action;
	const readRequestId = () => readChecked(inputs, 'requestId', 'request id');
	if (isOfModel(action)) {
		const known = isEmpty(msg['modelId']) ? {} : { modelId: await readModelId(inputs) };
		return { service: 'model', ...known, requestId: await readRequestId() };
	}
	const other = isDefaultSource(fields, 'deploymentId') ? OF_MODEL : '';
	const deploymentId = await readChecked(inputs, 'deploymentId', 'deployment id', other);
	return { deploymentId, requestId: await readRequestId() };
}

const OF_MODEL = ', or msg.modelId for a request of a hosted model';

type IdSource = Pick<Reading, 'fields' | 'inputs'>;

/** Whose request a message names: an earlier node has said, or else it shows by the only id that is there. */
function isOfModel({ fields, msg }: Pick<Reading, 'fields' | 'msg'>): boolean {
	if (!isDefaultSource(fields, 'deploymentId')) return false;
	const { runcomfy, deploymentId, modelId } = msg as Partial<Record<string, unknown>>;
	const { service } = (runcomfy ?? {}) as { service?: unknown };
	return service === 'model' || (isEmpty(deploymentId) && !isEmpty(modelId));
}

function readModelId(inputs: Inputs): Promise<string> {
	return readChecked(inputs, 'modelId', 'model id');
}

/** The machine that a request is running on. @throws RunComfyError `invalid_input` */
export function readInstanceId(inputs: Inputs): Promise<string> {
	return readChecked(inputs, 'instanceId', 'instance id');
}

async function readChecked(
	inputs: Inputs,
	field: 'deploymentId' | 'modelId' | 'requestId' | 'instanceId',
	name: Parameters<typeof checkId>[1],
	other = '',
): Promise<string> {
	const value = await inputs.value(field);
	try {
		return checkId(value, name);
	} catch (error) {
		throw withSource(error, inputs.source(field) + other);
	}
}
