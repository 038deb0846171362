import { currentValueHint, invalidInput } from '../errors';
import { trimmed } from '../text';

/** The fields of a deployment that can be changed (docs.runcomfy.com/mcp/tool-reference). */
interface DeploymentSettings {
	name: string;
	/** Label of a version of the workflow, such as `v1`. */
	workflow_version: string;
	/** Exactly one SKU. */
	hardware: [string];
	/** Instances kept running, and billed, without any request. */
	min_instances: number;
	max_instances: number;
	/** Requests that may wait per instance before another instance is started. */
	queue_size: number;
	/** Seconds that an instance stays, billed, after its last request. */
	keep_warm_duration_in_seconds: number;
	/** A deployment that is not enabled takes no requests. */
	is_enabled: boolean;
}

export type DeploymentChanges = Partial<DeploymentSettings>;

/** The service's own defaults (runcomfy-mcp, server.py), and the label of a workflow's first version. */
export const DEPLOYMENT_DEFAULTS = {
	workflow_version: 'v1',
	hardware: 'AMPERE_48',
	min_instances: 0,
	max_instances: 1,
	queue_size: 1,
	keep_warm_duration_in_seconds: 60,
} as const;

/** A machine that a deployment can run on, with one of these GPUs. */
export interface Hardware {
	sku: string;
	gpus: readonly string[];
	vramGb: number;
}

/**
 * The hardware that RunComfy is known to offer, sorted by GPU memory (github.com/runcomfy-com/runcomfy-mcp,
 * `server.py`; docs.runcomfy.com/serverless/about-billing). The service may offer more by now.
 */
export const HARDWARE: readonly Hardware[] = [
	{ sku: 'TURING_16', gpus: ['T4', 'A4000'], vramGb: 16 },
	{ sku: 'AMPERE_24', gpus: ['A10G', 'A5000'], vramGb: 24 },
	{ sku: 'AMPERE_48', gpus: ['A6000'], vramGb: 48 },
	{ sku: 'ADA_48_PLUS', gpus: ['L40S', 'L40'], vramGb: 48 },
	{ sku: 'AMPERE_80', gpus: ['A100'], vramGb: 80 },
	{ sku: 'ADA_80_PLUS', gpus: ['H100'], vramGb: 80 },
	{ sku: 'HOPPER_141', gpus: ['H200'], vramGb: 141 },
];

interface Field<T> {
	/** The field's label in the hosts. */
	label: string;
	wants: string;
	/** Converts a value to the form that the service takes. Returns undefined if the value is not valid. */
	read: (given: unknown) => T | undefined;
}

const stringField = (label: string, example: string): Field<string> => ({
	label,
	wants: `a text such as ${example}`,
	read: readString,
});

// RunComfy's own pages disagree on upper limits, so only the service checks them.
const wholeField = (label: string): Field<number> => ({
	label,
	wants: 'a whole number, 0 or more',
	read: readWhole,
});

const FIELDS: { [K in keyof DeploymentSettings]: Field<DeploymentSettings[K]> } = {
	name: stringField('Name', 'Product pictures'),
	workflow_version: stringField('Workflow Version', 'v1'),
	hardware: {
		label: 'Hardware',
		wants: `exactly one of ${HARDWARE.map(({ sku }) => sku).join(', ')}`,
		read: readHardware,
	},
	min_instances: wholeField('Min Instances'),
	max_instances: wholeField('Max Instances'),
	queue_size: wholeField('Queue Size'),
	keep_warm_duration_in_seconds: wholeField('Keep Warm Duration (Seconds)'),
	is_enabled: { label: 'Enabled', wants: 'true or false', read: readBoolean },
};

const FIELD_NAMES = Object.keys(FIELDS) as Array<keyof DeploymentSettings>;

/**
 * Converts the fields to change to the form that the service takes: numbers and booleans may come as strings. Undefined
 * fields are not changed.
 * @throws RunComfyError `invalid_input`
 */
export function checkDeploymentChanges(given: {
	[Name in keyof DeploymentChanges]: unknown;
}): DeploymentChanges {
	const names = FIELD_NAMES.filter((name) => given[name] !== undefined);
	if (names.length === 0) {
		throw invalidInput(
			'There is nothing to update',
			`Add at least one field: ${FIELD_NAMES.map((name) => FIELDS[name].label).join(', ')}.`,
		);
	}
	return Object.fromEntries(
		names.map((name) => [name, readField<unknown>(FIELDS[name], given[name])]),
	);
}

function readField<T>({ label, wants, read }: Field<T>, given: unknown): T {
	const value = read(given);
	if (value !== undefined) return value;
	const isEmpty = given === undefined || given === null || given === '';
	throw invalidInput(
		`${label} must be ${wants}`,
		isEmpty
			? `${label} is empty: fill it in, or check the expression that gives it.`
			: currentValueHint(given),
	);
}

function readString(given: unknown): string | undefined {
	const value = typeof given === 'number' ? String(given) : given;
	return (typeof value === 'string' && value.trim()) || undefined;
}

function readWhole(given: unknown): number | undefined {
	const value = typeof given === 'string' && /^\s*\d+\s*$/.test(given) ? Number(given) : given;
	return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

// Unknown SKUs pass: RunComfy may have added them, and refuses a wrong one by name.
function readHardware(given: unknown): [string] | undefined {
	const [sku, ...more] = Array.isArray(given) ? (given as unknown[]) : [given];
	const name = trimmed(sku);
	return /^\w+$/.test(name) && more.length === 0 ? [name] : undefined;
}

function readBoolean(given: unknown): boolean | undefined {
	if (given === 'true' || given === 'false') return given === 'true';
	return typeof given === 'boolean' ? given : undefined;
}
