import type { NodeAPI } from 'node-red';
import { checkBaseUrl, DEFAULT_BASE_URL, RunComfyError, tried, trimmed } from '../../../core';
import type { AccountRef } from '../../contract/dialog';
import { Account } from '../account/account';
import {
	type ConfigDef,
	type ConfigNode,
	configOf,
	type Connection,
	createConnector,
	type MakeHost,
	variableIn,
	variableNotSet,
} from '../account/config';
import { AccountQueue } from '../account/queue';

/** The account as the editor sends it, unchecked. */
export type AccountParams = { [Name in keyof AccountRef]?: unknown };

interface OpenOptions {
	makeHost: MakeHost | undefined;
	/** Receives the token, so that it can be redacted from the answer. */
	secrets: string[];
}

/**
 * Opens a connection for a dialog. A stored token is sent only to the URL stored with it, whatever the request says. A
 * variable such as `${NAME}` is resolved for deployed accounts only, because whoever may call this route may not be
 * allowed to read the environment.
 * @throws RunComfyError `auth_failed` if the account is not deployed, `invalid_input` if its URL is not, or if the
 * token is a variable
 */
export function openAccount(RED: NodeAPI, ref: AccountParams, options: OpenOptions): Connection {
	const node = configOf(RED, ref.account);
	const baseUrl = addressIn(RED, ref, node);
	const typed = trimmed(ref.apiToken);
	if (typed === '') return openStored(node, baseUrl, options);
	refuseUnset(RED, node, typed);
	return openTyped({ baseUrl, token: typed }, options);
}

/** Reports only whether the variable is set: its value may be used by deployed accounts alone. */
function refuseUnset(RED: NodeAPI, node: ConfigNode | undefined, token: string): void {
	const variable = variableIn(token);
	if (variable === undefined) return;
	const value: unknown = RED.util.evaluateNodeProperty(variable, 'env', node as never, {});
	if (trimmed(value) === '') throw variableNotSet(variable);
}

function openStored(
	node: ConfigNode | undefined,
	baseUrl: string,
	{ secrets }: OpenOptions,
): Connection {
	if (!node) {
		throw new RunComfyError(
			'auth_failed',
			'The account is not deployed yet, so its token is unknown',
			{
				hint: 'Deploy first, or open the account and enter the API token.',
			},
		);
	}
	secrets.push(...node.secrets);
	if (!sameAddress(baseUrl, node.baseUrl)) {
		throw new RunComfyError('invalid_input', 'This base URL is not deployed yet', {
			hint: 'Deploy first, or enter the API token: the stored token is sent only to the deployed address.',
		});
	}
	return node.connect();
}

function openTyped(
	{ baseUrl, token }: { baseUrl: string; token: string },
	{ secrets, makeHost }: OpenOptions,
): Connection {
	secrets.push(token);
	refuseVariable('API token', token);
	refuseVariable('base URL', baseUrl);
	const account = new Account().set({ token });
	return createConnector({ account, baseUrl, queue: new AccountQueue() }, makeHost)();
}

function refuseVariable(what: string, text: string): void {
	if (variableIn(text) === undefined) return;
	throw new RunComfyError(
		'invalid_input',
		`The ${what} is an environment variable, which Node-RED reads only during a deploy`,
		{ hint: `Deploy first, or enter the ${what} itself.` },
	);
}

/** The base URL to use: the deployed one, with its variables resolved, if the text is unchanged since the deploy. */
function addressIn(RED: NodeAPI, ref: AccountParams, node: ConfigNode | undefined): string {
	const shown = trimmed(ref.baseUrl);
	if (!node) return shown || DEFAULT_BASE_URL;
	if (ref.baseUrl === undefined) return node.baseUrl;
	let deployed: unknown;
	RED.nodes.eachNode((def) => {
		if (def.id === node.id) deployed = (def as ConfigDef).baseUrl;
	});
	return shown === trimmed(deployed) ? node.baseUrl : shown || DEFAULT_BASE_URL;
}

function sameAddress(one: string, other: string): boolean {
	return normalizeUrl(one) === normalizeUrl(other);
}

function normalizeUrl(baseUrl: string): string {
	return tried(() => checkBaseUrl(baseUrl)) ?? baseUrl;
}
