import type { Deployment } from '../deployments/store';
import { objectInfoJson } from '../object-info';
import type { Reply, Report } from '../reply';
import { ApiError, json, readFields, text, timestamp } from '../reply';
import type { JsonObject } from '../types';
import type { Context } from './context';
import { deploymentOf } from './context';

const HARDWARE = [
	'TURING_16',
	'AMPERE_24',
	'AMPERE_48',
	'ADA_48_PLUS',
	'AMPERE_80',
	'ADA_80_PLUS',
	'HOPPER_141',
];

type Check = (value: unknown) => string | undefined;

const nonEmpty: Check = (value) =>
	typeof value === 'string' && value.trim() !== '' ? undefined : 'str type expected';

const whole =
	(min: number, max: number): Check =>
	(value) =>
		Number.isInteger(value) && Number(value) >= min && Number(value) <= max
			? undefined
			: `ensure this value is an integer from ${min} to ${max}`;

const uuid: Check = (value) =>
	typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
		? undefined
		: 'value is not a valid uuid';

const oneSku: Check = (value) => {
	if (!Array.isArray(value) || value.length !== 1) return 'ensure this list has exactly 1 item';
	return HARDWARE.includes(String(value[0]))
		? undefined
		: `value is not a valid enumeration member; permitted: ${HARDWARE.join(', ')}`;
};

/** Fields of a deployment, with the values that each accepts. */
const CHECKS = {
	name: nonEmpty,
	workflow_id: uuid,
	workflow_version: nonEmpty,
	hardware: oneSku,
	min_instances: whole(0, 30),
	max_instances: whole(1, 60),
	queue_size: whole(0, 10_000),
	keep_warm_duration_in_seconds: whole(0, 86_400),
} satisfies Partial<Record<keyof Deployment, Check>>;

type FieldName = keyof typeof CHECKS;
const FIELD_NAMES = Object.keys(CHECKS) as FieldName[];

const INCLUDES = ['payload', 'readme'];

/** `GET /prod/v2/deployments?ids=…&includes=…` */
export function list(context: Context): Reply {
	const ids = context.url.searchParams.getAll('ids');
	const includes = context.url.searchParams.getAll('includes');
	const asked = [...context.world.deployments.values()].filter(
		({ id }) => ids.length === 0 || ids.includes(id),
	);
	return json(asked.map((deployment) => describe(context, deployment, includes)));
}

/** `GET /prod/v2/deployments/{id}?includes=…` */
export const get = (context: Context): Reply =>
	json(describe(context, deploymentOf(context), context.url.searchParams.getAll('includes')));

/**
 * `PATCH /prod/v2/deployments/{id}`. @throws ApiError 422001, also without `name`, which RunComfy requires every time
 */
export function update(context: Context): Reply {
	const deployment = deploymentOf(context);
	const { world } = context;
	const fields = readFields(context.body, (given, report) => {
		if (nonEmpty(given['name'])) throw new ApiError(422001, 'Deployment name is required');
		checkFields(given, report);
		return given;
	});
	world.catchUp();
	for (const name of [...FIELD_NAMES, 'is_enabled']) {
		if (fields[name] !== undefined) Object.assign(deployment, { [name]: fields[name] });
	}
	deployment.updatedAt = world.now();
	world.log(`deployment ${deployment.name} updated ${deployment.id}`);
	return json(describe(context, deployment, INCLUDES));
}

/** `GET /object_info/{id}.json`: public, so that no token is needed. */
export function objectInfo(context: Context): Reply {
	deploymentOf(context);
	return text(objectInfoJson(), 200, 'application/json');
}

function checkFields(fields: JsonObject, report: Report): void {
	for (const [name, check] of Object.entries<Check>(CHECKS)) {
		const msg = fields[name] === undefined ? undefined : check(fields[name]);
		if (msg !== undefined) report([name], msg, 'value_error');
	}
}

function describe(context: Context, deployment: Deployment, includes: string[]): JsonObject {
	const { graph } = deployment;
	return {
		id: deployment.id,
		...Object.fromEntries(FIELD_NAMES.map((name) => [name, deployment[name]])),
		is_enabled: deployment.is_enabled,
		status: 'standby',
		created_at: timestamp(deployment.createdAt),
		updated_at: timestamp(deployment.updatedAt),
		...(includes.includes('payload') && { payload: payloadOf(context, deployment) }),
		...(includes.includes('readme') && {
			readme: `# ${deployment.name}\n\nA workflow of ${Object.keys(graph).length} nodes.`,
		}),
	};
}

function payloadOf({ world }: Context, { id, graph, lora }: Deployment): JsonObject | null {
	if (lora) return lora.payload;
	const object_info_url = `${world.origin}/object_info/${id}.json`;
	return { workflow_api_json: graph, overrides: {}, object_info_url };
}
