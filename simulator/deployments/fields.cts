import { isObject } from '../json.cjs';
import type { ErrorDetail } from '../reply.cjs';
import { ApiError, invalid } from '../reply.cjs';
import type { JsonObject } from '../types.cjs';
import type { Deployment } from './store.cjs';

export type DeploymentFields = Pick<
	Deployment,
	| 'name'
	| 'workflow_id'
	| 'workflow_version'
	| 'hardware'
	| 'min_instances'
	| 'max_instances'
	| 'queue_size'
	| 'keep_warm_duration_in_seconds'
>;

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

const CHECKS: Record<keyof DeploymentFields, Check> = {
	name: nonEmpty,
	workflow_id: uuid,
	workflow_version: nonEmpty,
	hardware: oneSku,
	min_instances: whole(0, 30),
	max_instances: whole(1, 60),
	queue_size: whole(0, 10_000),
	keep_warm_duration_in_seconds: whole(0, 86_400),
};

export const FIELD_NAMES = Object.keys(CHECKS) as Array<keyof DeploymentFields>;

/** @throws ApiError 422001 unless all eight fields are there and valid */
export function readCreation(body: unknown): DeploymentFields {
	const fields = objectOf(body);
	const problems = checkFields(fields, true);
	if (problems.length > 0) throw invalid(problems);
	return fields as unknown as DeploymentFields;
}

/** @throws ApiError 422001; in particular without `name`, which the service wants every time */
export function readPatch(
	body: unknown,
	current: Deployment,
): Partial<DeploymentFields> & { is_enabled?: boolean } {
	const fields = objectOf(body);
	if (nonEmpty(fields['name'])) throw new ApiError(422001, 'Deployment name is required');
	const problems = checkFields({ ...current, ...fields }, false);
	const enabled = fields['is_enabled'];
	if (enabled !== undefined && typeof enabled !== 'boolean') {
		problems.push(problem('is_enabled', 'value could not be parsed to a boolean'));
	}
	if (problems.length > 0) throw invalid(problems);
	const known: string[] = [...FIELD_NAMES, 'is_enabled'];
	return Object.fromEntries(Object.entries(fields).filter(([name]) => known.includes(name)));
}

function objectOf(body: unknown): JsonObject {
	if (isObject(body)) return body;
	throw invalid([problem(undefined, 'value is not a valid dict')]);
}

const problem = (field: string | undefined, msg: string, type = 'value_error'): ErrorDetail => ({
	loc: field === undefined ? ['body'] : ['body', field],
	msg,
	type,
});

function checkFields(fields: JsonObject, allRequired: boolean): ErrorDetail[] {
	const problems = Object.entries(CHECKS).flatMap(([name, check]) => {
		const value = fields[name];
		if (value === undefined) {
			return allRequired ? [problem(name, 'field required', 'value_error.missing')] : [];
		}
		const msg = check(value);
		return msg === undefined ? [] : [problem(name, msg)];
	});
	if (problems.length === 0 && Number(fields['min_instances']) > Number(fields['max_instances'])) {
		problems.push(problem('min_instances', 'must not exceed max_instances'));
	}
	return problems;
}
