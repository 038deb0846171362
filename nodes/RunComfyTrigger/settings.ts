import type { IWebhookFunctions } from 'n8n-workflow';
import { itIsNow, RunComfyError, toDeploymentId } from '../../core';

/** What an event must be like to start the workflow. */
export interface Filter {
	/** Result states. */
	statuses: ReadonlySet<string>;
	/** Ids; empty for all. */
	deployments: ReadonlySet<string>;
}

/** @throws RunComfyError `invalid_input` that names the field */
export function readFilter(context: IWebhookFunctions): Filter {
	const list = (name: keyof typeof FIELDS) =>
		listOf(context.getNodeParameter(name, []), FIELDS[name]);
	return {
		statuses: new Set(list('statuses')),
		deployments: new Set(list('deployments').map(toDeploymentId)),
	};
}

const FIELDS = { statuses: 'Trigger On', deployments: 'Deployment Names or IDs' };

/**
 * Empty where the path alone protects the address.
 * @throws RunComfyError `invalid_input` for the value of a missing variable, which must not open the door
 */
export function readSecret(context: IWebhookFunctions): string {
	const value: unknown = context.getNodeParameter('options.secret', '');
	if (typeof value === 'string') return value.trim();
	throw new RunComfyError('invalid_input', 'The option Secret must be a text', {
		hint: itIsNow(value),
	});
}

// From an expression, one may come as a text, several as a text with commas.
function listOf(value: unknown, field: string): string[] {
	const list = typeof value === 'string' ? value.split(',') : (value ?? []);
	if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
		throw new RunComfyError('invalid_input', `${field} must be a list of texts`, {
			hint: itIsNow(value),
		});
	}
	return list.map((one: string) => one.trim()).filter((one) => one !== '');
}
