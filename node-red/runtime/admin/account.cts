import type { Node, NodeAPI } from 'node-red';
import {
	checkBaseUrl,
	DEFAULT_BASE_URL,
	RunComfyError,
	tried,
	trimmed,
} from '../../../core/index.js';
import type { AccountRef } from '../../contract/dialog.cjs';
import { type ConfigNode, configOf } from '../account/config.cjs';
import { type Connection, createConnector, type MakeHost } from '../account/connection.cjs';
import { readScheduling } from '../account/limiter.cjs';

/** The account as the editor sends it, unchecked. */
export type GivenAccount = { [Name in keyof AccountRef]?: unknown };

interface OpenOptions {
	makeHost: MakeHost | undefined;
	/** Takes the token, to keep it out of the answer. */
	secrets: string[];
}

/**
 * A connection, to be released once. A stored token is sent only to the address stored with it, and one
 * from the environment only to RunComfy or a stored address, whatever the request says.
 * @throws RunComfyError `auth_failed` if the account is not deployed, `invalid_input` if its
 * address is not
 */
export function openAccount(RED: NodeAPI, ref: GivenAccount, options: OpenOptions): Connection {
	const typed = trimmed(ref.apiToken);
	return typed === '' ? openStored(RED, ref, options) : openTyped(RED, ref, typed, options);
}

function openStored(RED: NodeAPI, ref: GivenAccount, { secrets }: OpenOptions): Connection {
	const node = configOf(RED, ref.account);
	if (!node) {
		throw new RunComfyError('auth_failed', 'The account is new here: its token is not known yet', {
			hint: 'Open the account and enter the API token, or deploy first.',
		});
	}
	secrets.push(...node.secrets);
	const shown = trimmed(ref.baseUrl);
	if (ref.baseUrl !== undefined && !sameAddress(resolve(RED, shown, node), node.baseUrl)) {
		throw notDeployed('the stored one is sent to its own address only.');
	}
	return node.connect();
}

function openTyped(
	RED: NodeAPI,
	ref: GivenAccount,
	typed: string,
	{ makeHost, secrets }: OpenOptions,
): Connection {
	const node = configOf(RED, ref.account);
	const token = resolve(RED, typed, node);
	secrets.push(token);
	const shown = trimmed(ref.baseUrl);
	const baseUrl = resolve(RED, shown, node) || DEFAULT_BASE_URL;
	if (token !== typed && shown === baseUrl && !isKnown(baseUrl, node)) {
		throw notDeployed(
			'a variable of the environment is sent to RunComfy or a deployed address only.',
		);
	}
	const connect = createConnector(
		{ baseUrl, token },
		{
			apiVersion: trimmed(ref.apiVersion) || undefined,
			allowPrivate: false,
			scheduling: readScheduling({}),
			makeHost,
		},
	);
	return connect();
}

function notDeployed(reason: string): RunComfyError {
	return new RunComfyError('invalid_input', 'This base URL is not deployed yet', {
		hint: `Deploy first, or enter the API token: ${reason}`,
	});
}

const isKnown = (baseUrl: string, node: ConfigNode | undefined): boolean =>
	[DEFAULT_BASE_URL, node?.baseUrl].some((known) => known && sameAddress(baseUrl, known));

/** `${NAME}` as Node-RED fills it in on a deploy; unchanged if the variable is not set. */
function resolve(RED: NodeAPI, text: string, node: ConfigNode | undefined): string {
	if (!/^\$\{[^}]+\}$/.test(text)) return text;
	return trimmed(RED.util.evaluateNodeProperty(text, 'env', (node ?? {}) as Node, {})) || text;
}

function sameAddress(one: string, other: string): boolean {
	return addressOf(one) === addressOf(other);
}

function addressOf(baseUrl: string): string {
	return tried(() => checkBaseUrl(baseUrl || DEFAULT_BASE_URL)) ?? baseUrl;
}
