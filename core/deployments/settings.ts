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

/** A type of field: what it wants, and how its value becomes what RunComfy takes; undefined if it cannot. */
const TEXT = { wants: 'a text', read: readText };
// RunComfy's own pages disagree on upper limits, so only the service checks them.
const WHOLE = { wants: 'a whole number, 0 or more', read: readWhole };
const SKU = { wants: `one of ${HARDWARE.map(({ sku }) => sku).join(', ')}`, read: readHardware };
const FLAG = { wants: 'true or false', read: readFlag };

const FIELDS = {
	name: ['Name', TEXT],
	workflow_version: ['Workflow Version', TEXT],
	hardware: ['Hardware', SKU],
	min_instances: ['Min Instances', WHOLE],
	max_instances: ['Max Instances', WHOLE],
	queue_size: ['Queue Size', WHOLE],
	keep_warm_duration_in_seconds: ['Keep Warm Duration (Seconds)', WHOLE],
	is_enabled: ['Enabled', FLAG],
} as const satisfies Record<keyof DeploymentSettings, unknown>;

/**
 * Converts the fields to change to the form that the service takes: numbers and booleans may come as strings. Undefined
 * fields are not changed.
 * @throws RunComfyError `invalid_input`
 */
export function checkDeploymentChanges(given: {
	[Name in keyof DeploymentChanges]: unknown;
}): DeploymentChanges {
	const changes = Object.entries(FIELDS).flatMap(([name, [label, { wants, read }]]) => {
		const value = given[name as keyof DeploymentSettings];
		if (value === undefined) return [];
		const setting = read(value);
		if (setting !== undefined) return [[name, setting] as const];
		throw invalidInput(`${label} must be ${wants}`, currentValueHint(value));
	});
	if (changes.length > 0) return Object.fromEntries(changes);
	const labels = Object.values(FIELDS).map(([label]) => label);
	throw invalidInput('There is nothing to update', `Add at least one field: ${labels.join(', ')}.`);
}

function readText(given: unknown): string | undefined {
	return trimmed(typeof given === 'number' ? String(given) : given) || undefined;
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

function readFlag(given: unknown): boolean | undefined {
	if (given === 'true' || given === 'false') return given === 'true';
	return typeof given === 'boolean' ? given : undefined;
}
