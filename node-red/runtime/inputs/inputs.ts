import type { Node, NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import { checkId, type RequestRef, RunComfyError, type Target, tried } from '../../../core';
import type { Field, Fields as Table } from '../../contract/fields';
import { IDS_FROM_MESSAGE, INPUTS, REQUEST, WAITING } from '../../contract/sharedFields';
import type { Connection } from '../account/config';
import { invalidInput, messageOf } from '../errors';

/** Reads a node's fields for one message. */
export interface Inputs {
	/**
	 * The value of a field, from its TypedInput source. JSON is returned as text, to keep large integers exact.
	 * @throws RunComfyError `invalid_input` if the value cannot be evaluated
	 */
	value(field: string): Promise<unknown>;
	/** Where the field's value comes from, for error messages: `msg.deploymentId`. */
	source(field: string): string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** One message at a node, with everything needed to read its fields. */
export interface Reading {
	readonly RED: NodeAPI;
	readonly node: Node;
	readonly msg: NodeMessageInFlow;
	readonly fields: Fields;
	readonly inputs: Inputs;
	readonly connection: Connection;
	/** Aborts when the node closes. */
	readonly signal: AbortSignal;
}

/** Fields that default to a message property if the flow lacks them; other fields default to empty text. */
const FROM_MESSAGE: Table = {
	...IDS_FROM_MESSAGE,
	...REQUEST,
	overrides: INPUTS['overrides'] as Field,
};

export function createInputs(RED: NodeAPI, node: Node, fields: Fields, msg: NodeMessage): Inputs {
	return {
		async value(field) {
			const { type, value } = sourceOf(fields, field);
			if (type === 'str') return withVariables(RED, node, field, value);
			if (type === 'json') return value;
			try {
				return await evaluate(RED, node, String(value), type, msg);
			} catch (error) {
				throw invalidInput(
					`The field ${field} could not be read: ${messageOf(error)}`,
					'Check the expression or property that the field names.',
				);
			}
		},
		source(field) {
			return nameOfSource(sourceOf(fields, field)) ?? `the field ${field}`;
		},
	};
}

/**
 * Replaces environment variables anywhere in a literal text; Node-RED itself replaces only a whole text.
 * @throws RunComfyError `invalid_input` if a variable is not set
 */
function withVariables(RED: NodeAPI, node: Node, field: string, value: unknown): unknown {
	if (typeof value !== 'string') return value;
	return value.replace(/\$\{([^{}]+)\}/g, (_whole, name: string) => {
		const found: unknown = RED.util.evaluateNodeProperty(name, 'env', node, {});
		if (!isEmpty(found)) return String(found);
		throw invalidInput(
			`The field ${field} names the environment variable ${name}, which is not set`,
			'Set it where Node-RED starts, or in the properties of the flow.',
		);
	});
}

/** The name of a value's source, for error messages; undefined for a literal. */
export function nameOfSource({ type, value }: Source): string | undefined {
	if (/^(msg|flow|global)$/.test(type)) return `${type}.${String(value)}`;
	return type === 'env' ? `the environment variable ${String(value)}` : undefined;
}

interface Source {
	type: string;
	value: unknown;
}

function sourceOf(fields: Fields, field: string): Source {
	const { [field]: value = '' } = fields;
	const type = fields[`${field}Type`];
	const usual = usualSource(field);
	if (usual && FROM_MESSAGE[field]?.whenEmpty && isEmpty(value)) return usual;
	if (typeof type === 'string' && type !== '') return { type, value: value ?? '' };
	return (value === '' && usual) || { type: 'str', value };
}

function usualSource(field: string): Source | undefined {
	const { type, value } = FROM_MESSAGE[field] ?? {};
	return type === undefined ? undefined : { type, value };
}

export function isDefaultSource(fields: Fields, field: string): boolean {
	const { type, value } = sourceOf(fields, field);
	const usual = usualSource(field);
	return usual !== undefined && type === usual.type && value === usual.value;
}

// Only the callback form supports JSONata and every context store.
export function evaluate(
	RED: NodeAPI,
	node: Node,
	value: string,
	type: string,
	msg: NodeMessage,
): Promise<unknown> {
	const work = new Promise((resolve, reject) => {
		RED.util.evaluateNodeProperty(value, type, node, msg, (error, result: unknown) => {
			if (error) reject(error as Error);
			else resolve(result);
		});
	});
	return work.catch((error: unknown) => {
		throw new Error(
			(type === 'msg' ? gapIn(RED, msg, value) : undefined) ??
				`${nameOfSource({ type, value }) ?? `the expression ${value}`}: ${messageOf(error)}`,
		);
	});
}

/** Which part of a message property's path is missing; undefined if none is. */
function gapIn(RED: NodeAPI, msg: NodeMessage, path: string): string | undefined {
	const names: unknown[] = tried(() => RED.util.normalisePropertyExpression(path) as never) ?? [];
	let value: unknown = msg;
	for (const [at, name] of names.entries()) {
		if (value === undefined || value === null) {
			const there = ['msg', ...names.slice(0, at)].join('.');
			return `msg.${path} does not exist, because ${there} is ${String(value)}`;
		}
		value = (value as Record<string, unknown>)[String(name)];
	}
	return undefined;
}

/**
 * Reads a number field. Emptied, it is 0 (no limit), as in Node-RED's own nodes. If the flow lacks the field or its
 * source has no value, the default from the table applies.
 * @throws RunComfyError `invalid_input` if the value is not a number of 0 or more
 */
async function readNumber<T extends Table>(
	inputs: Inputs,
	field: Extract<keyof T, string>,
	table: T,
): Promise<number> {
	const value = await inputs.value(field);
	if (isEmpty(value)) return Number(table[field]?.value);
	const number = typeof value === 'string' ? Number(value.trim()) : value;
	if (typeof number === 'number' && number >= 0 && Number.isFinite(number)) return number;
	throw invalidInput(
		`${inputs.source(field)} must be a number of 0 or more, not "${showValue(value)}"`,
		`Set ${field} to a number, such as 600.`,
	);
}

/** Text; undefined if empty. @throws RunComfyError `invalid_input` if the value is not text */
export async function readText(inputs: Inputs, field: string): Promise<string | undefined> {
	const value = await inputs.value(field);
	if (isEmpty(value)) return undefined;
	if (typeof value === 'string' || typeof value === 'number') return String(value).trim();
	throw invalidInput(
		`${inputs.source(field)} is ${describeValue(value)}, not text`,
		`Use text for ${field}.`,
	);
}

/** A list of texts: an array, JSON, or comma-separated text. Empty if the field is. */
export async function readTextList(inputs: Inputs, field: string): Promise<string[]> {
	const value = await inputs.value(field);
	if (isEmpty(value)) return [];
	if (Array.isArray(value) && !value.some(isReference)) return value.map(String);
	if (typeof value === 'number') return [String(value)];
	if (typeof value === 'string') return value.split(/[\s,;[\]"]+/).filter(Boolean);
	throw invalidInput(
		`${inputs.source(field)} must be a list, not ${describeValue(value)}${Array.isArray(value) ? ' of objects' : ''}`,
		`Set ${field} to a list such as 9, 12.`,
	);
}

const isReference = (value: unknown) => typeof value === 'object' && value !== null;

/** The value of a checkbox, which may also be an environment variable's text. */
export function isTrue(value: unknown): boolean {
	return value === true || value === 'true';
}

export function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && !value.trim());
}

export function describeValue(value: unknown): string {
	if (Buffer.isBuffer(value)) return 'a Buffer';
	if (Array.isArray(value)) return 'an array';
	return value === null ? 'null' : `a value of type ${typeof value}`;
}

function showValue(value: unknown): string {
	return typeof value === 'object' ? describeValue(value) : String(value);
}

/** Adds the source of a value to an error about it. */
export function withSource(error: unknown, source: string): unknown {
	if (!(error instanceof RunComfyError)) return error;
	return error.with({ hint: `${error.hint} The value comes from ${source}.` });
}

/** @throws RunComfyError `invalid_input` */
export async function readWaiting(inputs: Inputs, fields: Fields) {
	return {
		/** 0 for no limit. */
		timeoutMs: (await readNumber(inputs, 'timeout', WAITING)) * 1000,
		cancelOnTimeout: isTrue(fields['cancelOnTimeout']),
	};
}

/** Reads a deployment id, which may be given as the URL of the deployment's page. @throws RunComfyError `invalid_input` */
export function readDeploymentId(inputs: Inputs, other = ''): Promise<string> {
	return readChecked(inputs, 'deploymentId', 'deployment id', other);
}

/** The deployment or model to run. @throws RunComfyError `invalid_input` */
export async function readTarget({ fields, inputs }: IdSource): Promise<Target> {
	return fields['target'] === 'model'
		? { modelId: await readChecked(inputs, 'modelId', 'model id') }
		: { deploymentId: await readDeploymentId(inputs) };
}

/**
 * The request that a message names: of a deployment, or of the model in `msg.modelId` if it names no deployment.
 * @throws RunComfyError `invalid_input`
 */
export async function readRequestRef(action: IdSource & Pick<Reading, 'msg'>): Promise<RequestRef> {
	const { fields, inputs, msg } = action;
	const byMessage = isDefaultSource(fields, 'deploymentId');
	const target =
		byMessage && isEmpty(msg['deploymentId']) && !isEmpty(msg['modelId'])
			? { modelId: await readChecked(inputs, 'modelId', 'model id') }
			: { deploymentId: await readDeploymentId(inputs, byMessage ? OF_MODEL : '') };
	return { ...target, requestId: await readChecked(inputs, 'requestId', 'request id') };
}

const OF_MODEL = ', or msg.modelId for a request of a hosted model';

type IdSource = Pick<Reading, 'fields' | 'inputs'>;

async function readChecked(
	inputs: Inputs,
	field: string,
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
