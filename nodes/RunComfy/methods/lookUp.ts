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
	type Service,
	toRunComfyError,
	traitsOf,
} from '../../../core';
import { toNodeError } from '../items/errors';
import { FORMS, LORA_MARK } from '../parameters/formFields';
import { isExpression } from '../parameters/furtherInputs';
import { toHtml } from '../session/hints';
import { openSession, type Session } from '../session/session';

export const LOOK_UP = { retries: LOOK_UP_RETRIES };

/** Loads a list for n8n's editor. @throws NodeOperationError | NodeApiError for n8n to show */
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

/** Finds the account's deployments whose name or id contains the filter, sorted by name. */
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

/** Lists choices that depend on the value of a resource locator; empty while nothing is chosen. */
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
 * The value of a resource locator; undefined if nothing is chosen. For an expression, n8n sends its result, or "="
 * while it has none.
 */
function chosenIn(context: ILoadOptionsFunctions, locator: string): unknown {
	const given = context.getCurrentNodeParameter(locator) as unknown;
	const value =
		typeof given === 'object' && given !== null ? (given as { value?: unknown }).value : given;
	return value === '' ? undefined : (value ?? '=');
}

/** A form built from the inputs of the chosen target. */
interface Form {
	service: Service;
	/** Shown if there are no fields. */
	noInputs: string;
	/**
	 * @param inUse ids of the fields that the form shows already: n8n drops the values of fields that are no longer
	 * listed
	 */
	fieldsOf(
		session: Session,
		given: unknown,
		inUse: ReadonlySet<string>,
	): Promise<ResourceMapperField[]>;
}

/**
 * Loads the fields of a form, or a notice that explains why there are none. Does not throw, because n8n shows no error
 * here.
 */
export async function loadForm(
	context: ILoadOptionsFunctions,
	{ service, noInputs, fieldsOf }: Form,
): Promise<ResourceMapperFields> {
	const given = chosenIn(context, traitsOf({ service }).id);
	const before = fieldsBefore(context, FORMS[service].name);
	// If no fields were returned, n8n would drop the user's values.
	const keep = (why: string) => (before.length > 0 ? { fields: before } : notice(why));
	if (given === undefined) {
		return notice(`Choose a ${service}. Its inputs become the fields of this form.`);
	}
	if (isExpression(given)) {
		return keep(
			`The ${service} comes from an expression that has no value yet, so its inputs are not known. Choose the ${service} from the list, execute the nodes before this one, or set Input Mode to JSON.`,
		);
	}
	try {
		const shown = before.filter(({ removed }) => removed !== true);
		const inUse = new Set(shown.map(({ id }) => id));
		const fields = await fieldsOf(await openSession(context), given, inUse);
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
