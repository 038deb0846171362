import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { compact } from '../../../core';

/**
 * Whether an AI agent called the node as its tool. For newer agents, n8n's engine runs the tool, and only the type
 * of the node shows it: n8n appends "Tool" to the type.
 */
export function isAgentCall(context: IExecuteFunctions): boolean {
	return context.isToolExecution?.() === true || context.getNode().type.endsWith('Tool');
}

/** The part of an item that a language model can use: URLs and ids, but not the raw result or binary data. */
export function forAgent({ json, pairedItem }: INodeExecutionData): INodeExecutionData {
	const isRequest = typeof json['request_id'] === 'string';
	return { json: isRequest ? brief(json) : json, ...(pairedItem ? { pairedItem } : {}) };
}

const FACTS = [
	'request_id',
	'deployment_id',
	'model_id',
	'status',
	'queue_position',
	'seed',
	'seeds',
	'base_price',
	'cost',
	'error',
	'error_code',
	'error_hint',
];

/** Maximum number of characters of one text output. */
const MOST_TEXT = 2_000;

function brief(json: IDataObject): IDataObject {
	const facts: IDataObject = Object.fromEntries(FACTS.map((name) => [name, json[name]]));
	const warnings = entriesIn(json['warnings']);
	const values = entriesIn(json['values']);
	const ids = `this request_id${'deployment_id' in json ? ' and deployment_id' : ''}`;
	const next = NEXT_STEPS[String(json['status'])]?.(ids);
	return {
		...compact(facts),
		...('files' in json ? { files: entriesIn(json['files']).map(briefFile) } : {}),
		...('texts' in json ? { texts: entriesIn(json['texts']).map(briefText) } : {}),
		...(values.length > 0 ? { values: values.map(briefValue) } : {}),
		...(warnings.length > 0 ? { warnings } : {}),
		...(next ? { next_step: next } : {}),
	};
}

function briefFile({ url, kind, mime_type, filename }: IDataObject): IDataObject {
	return { url, kind, mime_type, filename };
}

/** The value or, if that is too long, the beginning of its JSON. */
function briefValue({ value }: IDataObject): IDataObject[string] {
	const text = JSON.stringify(value);
	return text.length > MOST_TEXT ? briefText({ text }) : value;
}

function briefText({ text }: IDataObject): string {
	const whole = String(text);
	return whole.length > MOST_TEXT ? `${whole.slice(0, MOST_TEXT)}… (shortened)` : whole;
}

function entriesIn(value: IDataObject[string]): IDataObject[] {
	return Array.isArray(value) ? (value as IDataObject[]) : [];
}

const UNFINISHED = (ids: string) =>
	`Not finished. Do not submit it again: ask for its status or result later, with ${ids}.`;

const NEXT_STEPS: Record<string, (ids: string) => string> = {
	in_queue: UNFINISHED,
	in_progress: UNFINISHED,
	unknown: UNFINISHED,
	completed: (ids) => `Finished. Get its result with ${ids}.`,
};
