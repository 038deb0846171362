import { createClient, createRunTimes, type Client } from '../../core';
import { createHost, CREDENTIAL, type Context, type N8nHost } from './host';

/** What every call of one execution shares. */
export interface Session {
	client: Client;
	host: N8nHost;
	/** Aborts when the execution is stopped. */
	signal: AbortSignal | undefined;
	/** Takes the token out of a text from outside. */
	token: string;
}

/** Kept as long as n8n's process lives, so that later executions poll around the expected end. */
export const runTimes = createRunTimes();

/**
 * @throws RunComfyError `invalid_input` when the credential's base URL or version cannot be used.
 * @throws NodeOperationError n8n's own, when the node has no credential.
 */
export async function openSession(context: Context): Promise<Session> {
	const { apiToken, baseUrl, apiVersion } = await context.getCredentials<{
		apiToken: string;
		baseUrl?: string;
		apiVersion?: string;
	}>(CREDENTIAL);
	const host = createHost(context, apiToken);
	return {
		client: createClient({ host, baseUrl, apiVersion }),
		host,
		signal: 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined,
		token: apiToken,
	};
}
