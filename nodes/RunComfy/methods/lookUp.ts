import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
	ResourceMapperField,
	ResourceMapperFields,
} from 'n8n-workflow';
import {
	listDeployments,
	type ListedDeployment,
	listedDeployments,
	LOOK_UP_RETRIES,
	toRunComfyError,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { FORMS } from '../parameters/form';
import { isExpression } from '../parameters/furtherInputs';
import { toHtml } from '../session/hints';
import { openSession, type Session } from '../session/session';

export const LOOK_UP = { retries: LOOK_UP_RETRIES };

/** What n8n asks for a list in its editor. @throws NodeOperationError | NodeApiError for n8n to show */
export async function lookUp<T>(
	context: ILoadOptionsFunctions,
	ask: (session: Session) => Promise<T>,
): Promise<T> {
	let session: Session | undefined;
	try {
		session = await openSession(context);
		return await ask(session);
	} catch (thrown) {
		throw toNodeError(thrown, { node: context.getNode(), secrets: session?.secrets ?? [] });
	}
}

/** The account's deployments whose name or id contains the filter, by name. */
export async function searchDeployments(
	this: ILoadOptionsFunctions,
	filter = '',
): Promise<INodeListSearchResult> {
	const deployments = await lookUp(this, ({ client }) => listDeployments(client, {}, LOOK_UP));
	const wanted = filter.trim().toLowerCase();
	const results = listedDeployments(deployments)
		.filter(({ id, name }) => `${name}\n${id}`.toLowerCase().includes(wanted))
		.map((deployment) => ({ name: labelOf(deployment), value: deployment.id }));
	return { results };
}

export async function getDeployments(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return (await searchDeployments.call(this)).results;
}

function labelOf({ id, name, disabled, ambiguous }: ListedDeployment): string {
	return `${name}${ambiguous ? ` · ${id}` : ''}${disabled ? ' (disabled)' : ''}`;
}

/** The choices, given what is chosen in a locator. There are none until that is known. */
export async function listOf<T>(
	context: ILoadOptionsFunctions,
	locator: string,
	ask: (session: Session, given: unknown) => Promise<T[]>,
): Promise<T[]> {
	const given = chosenIn(context, locator);
	if (given === undefined || isExpression(given)) return [];
	return lookUp(context, (session) => ask(session, given));
}

/**
 * What a locator of the node holds: undefined if nothing is chosen yet. For an expression n8n sends its
 * value, or nothing if it has none yet: then it is "=".
 */
function chosenIn(context: ILoadOptionsFunctions, locator: string): unknown {
	const given = context.getCurrentNodeParameter(locator) as unknown;
	const value =
		typeof given === 'object' && given !== null ? (given as { value?: unknown }).value : given;
	return value === '' ? undefined : (value ?? '=');
}

/** A form made from the inputs of the chosen target. */
interface Form {
	what: keyof typeof FORMS;
	/** Shown if there are no fields. */
	noInputs: string;
	/** @param inUse the ids of the fields that the form shows already: without them n8n would drop their values */
	fieldsOf(
		session: Session,
		given: unknown,
		inUse: ReadonlySet<string>,
	): Promise<ResourceMapperField[]>;
}

/** The fields of a form, or why it has none. n8n shows no error here, so none is thrown. */
export async function loadForm(
	context: ILoadOptionsFunctions,
	{ what, noInputs, fieldsOf }: Form,
): Promise<ResourceMapperFields> {
	const given = chosenIn(context, `${what}Id`);
	const before = fieldsBefore(context, FORMS[what].parameter);
	// If the form had no fields, n8n would drop what the user has filled in.
	const keep = (why: string) => (before.length > 0 ? { fields: before } : notice(why));
	if (given === undefined) {
		return notice(`Choose a ${what}. Its inputs become the fields of this form.`);
	}
	if (isExpression(given)) {
		return keep(
			`The ${what} comes from an expression that has no value yet, so its inputs are not known. Choose the ${what} from the list, execute the nodes before this one, or set Input Mode to JSON.`,
		);
	}
	try {
		const shown = before.filter(({ removed }) => removed !== true);
		const inUse = new Set(shown.map(({ id }) => id));
		const fields = await fieldsOf(await openSession(context), given, inUse);
		return fields.length > 0 ? { fields } : notice(noInputs);
	} catch (thrown) {
		const { message, hint, details } = toRunComfyError(thrown, 'bad_response');
		if (details?.reason === 'lora') return notice(`${message}. ${hint}`);
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
