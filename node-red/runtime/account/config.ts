import type { Node, NodeAPI, NodeDef } from 'node-red';
import {
	type Client,
	createClient,
	DEFAULT_BASE_URL,
	DEFAULTS,
	type Host,
	RunComfyError,
	tried,
	trimEnd,
	trimmed,
} from '../../../core';
import { invalidInput } from '../errors';
import { type Account, accountOf } from './account';
import { createHost, type HostOptions, loadUndici } from './host';
import { type AccountQueue, queueOf } from './queue';

export interface ConfigDef extends NodeDef {
	baseUrl?: string;
	concurrency?: string | number;
}

export interface ConfigNode extends Node<Credentials> {
	/**
	 * @throws RunComfyError `auth_failed` without a token, `invalid_input` for a wrong base URL, `service_unavailable`
	 * if undici is missing
	 */
	connect(): Connection;
	/** The only URL to which this node's token may be sent. */
	baseUrl: string;
	/** For redaction only; never put these into a message or a log. */
	secrets: readonly string[];
}

export interface Credentials {
	apiToken?: string;
	/** For ComfyUI's partner nodes. */
	comfyOrgApiKey?: string;
}

/** Registers `runcomfy-config`. Tests pass their own host, with a virtual clock. */
export function registerConfig(RED: NodeAPI, makeHost?: MakeHost): void {
	function RunComfyConfig(this: ConfigNode, def: ConfigDef) {
		RED.nodes.createNode(this, def);
		// A trailing slash does not make another account.
		const baseUrl = trimEnd(def.baseUrl?.trim() ?? '', /\//) || DEFAULT_BASE_URL;
		const account = accountOf(this.id, baseUrl);
		account.set({ token: readToken(RED, this), partnerKey: readPartnerKey(this) });
		const queue = queueOf(this.id);
		queue.setLimit(readConcurrency(this, def.concurrency));
		this.secrets = account.secrets;
		this.baseUrl = baseUrl;
		this.connect = createConnector({ account, baseUrl, queue }, makeHost);
		// Loading undici early avoids a delay at the first message. If loading fails, that message reports the error.
		tried(loadUndici);
	}

	RED.nodes.registerType<ConfigNode, ConfigDef, object, Credentials>(
		'runcomfy-config',
		RunComfyConfig,
		{ credentials: { apiToken: { type: 'password' }, comfyOrgApiKey: { type: 'password' } } },
	);
}

/** The config node that a node refers to. @throws RunComfyError `invalid_input` if there is none */
export function findConfig(RED: NodeAPI, id: unknown): ConfigNode {
	const node = configOf(RED, id);
	if (node) return node;
	throw invalidInput(
		'The node has no RunComfy account',
		'Open the node, choose or add an account, and deploy.',
	);
}

/** The config node with this id, if it is one of ours and deployed. */
export function configOf(RED: NodeAPI, id: unknown): ConfigNode | undefined {
	const node = typeof id === 'string' && id !== '' ? RED.nodes.getNode(id) : undefined;
	return node && 'connect' in node ? (node as ConfigNode) : undefined;
}

/** The token, or `${NAME}` if the variable that it names is not set or empty. */
function readToken(RED: NodeAPI, { id, credentials }: ConfigNode): string {
	const token = trimmed(credentials?.apiToken);
	if (token !== '') return token;
	// Node-RED substitutes an empty string for an empty variable.
	const { apiToken } = (RED.nodes.getCredentials(id) ?? {}) as Credentials;
	return trimmed(apiToken);
}

/** The key for partner nodes; undefined if it names a variable that is not set, because most flows need no key. */
function readPartnerKey(node: ConfigNode): string | undefined {
	const key = String(node.credentials?.comfyOrgApiKey ?? '').trim();
	const variable = variableIn(key);
	if (variable === undefined) return key || undefined;
	node.warn(
		`The environment variable ${variable} is not set: the account has no comfy.org API key`,
	);
	return undefined;
}

function readConcurrency(node: Node, value: unknown): number {
	const number = Math.floor(Number(value));
	if (number >= 1) return number;
	const { concurrency } = DEFAULTS.nodeRed;
	const given = String(value ?? '').trim();
	if (given !== '') {
		node.warn(
			`Concurrency is "${given}", not a number of 1 or more: ${concurrency} requests run at the same time`,
		);
	}
	return concurrency;
}

/** A job's access to RunComfy. Outlives the config node. */
export interface Connection extends Pick<Account, 'cache'> {
	queue: AccountQueue;
	client: Client;
}

export type MakeHost = (options: HostOptions) => Host;

interface ConnectorOptions {
	account: Account;
	baseUrl: string;
	queue: AccountQueue;
}

/**
 * Returns a function that opens the account's connection, the same one each time.
 * @throws RunComfyError (from that function) `auth_failed` without a token, `invalid_input` for a wrong base URL,
 * `service_unavailable` if undici is missing
 */
export function createConnector(
	{ account, baseUrl, queue }: ConnectorOptions,
	makeHost: MakeHost = createHost,
): () => Connection {
	const { token, cache, dispatcher } = account;
	let opened: Connection | undefined;
	return () => {
		if (opened) return opened;
		// Loads undici here, so that a missing module is a clear error and not mistaken for a network failure.
		loadUndici();
		checkToken(token);
		const own = createClient({ baseUrl, host: makeHost({ account, dispatcher }) });
		opened = { client: { ...own, traffic: cache.traffic }, queue, cache };
		return opened;
	};
}

/**
 * The environment variable that makes up the whole text, if any: Node-RED leaves `${NAME}` in place if the variable is
 * not set.
 */
export function variableIn(text: string): string | undefined {
	return /^\$\{([^}]+)\}$/.exec(text)?.[1];
}

export function variableNotSet(variable: string): RunComfyError {
	return new RunComfyError('auth_failed', `${variable} is not set`, {
		hint: 'Set it and restart Node-RED, or paste the token.',
	});
}

function checkToken(token: string): void {
	const variable = variableIn(token);
	if (variable !== undefined) {
		throw variableNotSet(variable);
	}
	// The field shows dots for the stored token, so users easily paste a new token behind the old value.
	const begin = token.indexOf('${');
	if (begin >= 0) {
		const held = token.slice(begin, token.indexOf('}', begin) + 1 || begin + 2);
		throw new RunComfyError('auth_failed', `The account’s API token contains more than ${held}`, {
			hint: 'Replace the whole contents of the field API token with the token.',
		});
	}
	if (token === '') {
		throw new RunComfyError('auth_failed', 'The account has no API token', {
			hint: 'Open the account in the node, and paste the API token from your RunComfy profile page or write ${RUNCOMFY_API_TOKEN}.',
		});
	}
	if (!/^[\x21-\x7e]+$/.test(token)) {
		throw new RunComfyError(
			'auth_failed',
			'The API token contains spaces or other characters that no token has',
		);
	}
}
