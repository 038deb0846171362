import type {
	ILoadOptionsFunctions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	checkId,
	LOOK_UP_RETRIES,
	type TargetKind,
	toRunComfyError,
	type WorkflowField,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { FORMS, layOutForm, LORA_MARK } from '../parameters/formFields';
import { isExpression } from '../parameters/furtherInputs';
import { toHtml } from '../session/hints';
import { openSession, type Session } from '../session/session';

/** Options of a call while a user waits in the editor. */
export const LOOK_UP = { retries: LOOK_UP_RETRIES };

/** Reads something for n8n's editor. @throws NodeOperationError | NodeApiError for n8n to show */
export async function readForEditor<T>(
	context: ILoadOptionsFunctions,
	read: (session: Session) => Promise<T>,
): Promise<T> {
	let session: Session | undefined;
	try {
		session = await openSession(context);
		return await read(session);
	} catch (thrown) {
		throw toNodeError(thrown, { node: context.getNode(), secrets: session?.secrets ?? [] });
	}
}

/** Reads something about the target with this id. */
export type TargetReader<T> = (session: Session, id: string) => Promise<T[]>;

/**
 * Lists choices that depend on the chosen target; empty while there is none.
 * @throws NodeOperationError | NodeApiError for n8n to show
 */
export async function listChoices<T>(
	context: ILoadOptionsFunctions,
	kind: TargetKind,
	read: TargetReader<T>,
): Promise<T[]> {
	const given = chosenId(context, kind);
	if (given === undefined || isExpression(given)) return [];
	return readForEditor(context, (session) => read(session, checkId(given, `${kind} id`)));
}

/**
 * The id of the target that the user has chosen; undefined if there is none. For an expression, n8n sends its result, or "="
 * while it has none.
 */
function chosenId(context: ILoadOptionsFunctions, kind: TargetKind): unknown {
	const given = context.getCurrentNodeParameter(`${kind}Id`) as unknown;
	const value =
		typeof given === 'object' && given !== null ? (given as { value?: unknown }).value : given;
	return value === '' ? undefined : (value ?? '=');
}

/** A form built from the inputs of the chosen target. */
interface Form {
	/** Shown if there are no fields. */
	noInputs: string;
	readInputs: TargetReader<WorkflowField>;
}

/**
 * Loads the fields of a form, or a notice that explains why there are none. Does not throw, because n8n shows no error
 * here.
 */
export async function loadForm(
	context: ILoadOptionsFunctions,
	kind: TargetKind,
	{ noInputs, readInputs }: Form,
): Promise<ResourceMapperFields> {
	const given = chosenId(context, kind);
	const before = fieldsBefore(context, FORMS[kind].name);
	// If no fields were returned, n8n would drop the user's values.
	const keep = (why: string) => (before.length > 0 ? { fields: before } : notice(why));
	if (given === undefined) {
		return notice(`Choose a ${kind}. Its inputs become the fields of this form.`);
	}
	if (isExpression(given)) {
		return keep(
			`The ${kind} comes from an expression that has no value yet, so its inputs are not known. Choose the ${kind} from the list, execute the nodes before this one, or set Input Mode to JSON.`,
		);
	}
	try {
		const session = await openSession(context);
		const inputs = await readInputs(session, checkId(given, `${kind} id`));
		// n8n drops the values of fields that are no longer listed.
		const shown = before.filter(({ removed }) => removed !== true);
		const fields = layOutForm(inputs, new Set(shown.map(({ id }) => id)));
		return fields.length > 0 ? { fields } : notice(noInputs);
	} catch (thrown) {
		const { message, hint, details } = toRunComfyError(thrown, 'bad_response');
		if (details?.reason === 'lora') return { fields: [LORA_MARK] };
		return keep(`The inputs could not be loaded. ${message}. ${hint}`);
	}
}

function fieldsBefore(context: ILoadOptionsFunctions, form: string): ResourceMapperField[] {
	const { schema } = Object(context.getCurrentNodeParameter(form)) as { schema?: unknown };
	return Array.isArray(schema) ? (schema as ResourceMapperField[]) : [];
}

function notice(text: string): ResourceMapperFields {
	return { fields: [], emptyFieldsNotice: toHtml(text) };
}
