import type { Node, NodeAPI, NodeDef } from 'node-red';
import { DEFAULT_BASE_URL, DEFAULTS, tried, trimEnd } from '../../../core/index.js';
import { invalidInput } from '../errors.cjs';
import { accountOf } from './account.cjs';
import { type Connection, createConnector, type MakeHost, variableIn } from './connection.cjs';
import { loadUndici } from './pool.cjs';

export interface ConfigDef extends NodeDef {
	baseUrl?: string;
	apiVersion?: string;
	allowPrivate?: boolean;
	concurrency?: string | number;
	latestWins?: boolean | string;
	stopBelowBalance?: string | number;
}

export interface ConfigNode extends Node<Credentials> {
	/**
	 * @throws RunComfyError `auth_failed` without a token, `invalid_input` for a wrong base URL,
	 * `service_unavailable` where undici is missing
	 */
	connect(): Connection;
	/** Whether a new message cancels earlier ones of the same node and topic. */
	latestWins: boolean;
	/** The only address that the token of this node may be sent to. */
	baseUrl: string;
	/** For errors only; they must never be put into a message or a log. */
	secrets: readonly string[];
}

export interface Credentials {
	apiToken?: string;
	/** For ComfyUI's partner nodes. */
	comfyOrgApiKey?: string;
}

/** Registers `runcomfy-config`. Tests give a host of their own, on a virtual clock. */
export function registerConfig(RED: NodeAPI, makeHost?: MakeHost): void {
	function RunComfyConfig(this: ConfigNode, def: ConfigDef) {
		RED.nodes.createNode(this, def);
		const token = String(this.credentials?.apiToken ?? '').trim();
		const partnerKey = readPartnerKey(this);
		// With or without a slash at its end, it is the same account.
		const baseUrl = trimEnd(def.baseUrl?.trim() ?? '', /\//) || DEFAULT_BASE_URL;
		const account = accountOf({ baseUrl, token });
		account.limiter.setLimit(this.id, readConcurrency(def.concurrency));
		this.on('close', () => account.limiter.dropLimit(this.id));

		this.secrets = partnerKey === undefined ? [token] : [token, partnerKey];
		// A checkbox may hold the text of an environment variable.
		this.latestWins = String(def.latestWins) === 'true';
		this.baseUrl = baseUrl;
		this.connect = createConnector(account, {
			baseUrl,
			token,
			apiVersion: def.apiVersion,
			allowPrivate: def.allowPrivate === true,
			partnerKey,
			stopBelowBalance: Math.max(0, Number(def.stopBelowBalance) || 0),
			makeHost,
		});
		// It loads before the first message, which it would delay. If it does not load, that message says why.
		tried(loadUndici);
	}

	RED.nodes.registerType<ConfigNode, ConfigDef, object, Credentials>(
		'runcomfy-config',
		RunComfyConfig,
		{ credentials: { apiToken: { type: 'password' }, comfyOrgApiKey: { type: 'password' } } },
	);
}

/** The config node that a node names. @throws RunComfyError `invalid_input` if there is none */
export function findConfig(RED: NodeAPI, id: unknown): ConfigNode {
	const node = configOf(RED, id);
	if (node) return node;
	throw invalidInput(
		'The node has no RunComfy account',
		'Open the node, choose or add an account, and deploy.',
	);
}

/** The config node with an id, if that is one of ours and deployed. */
export function configOf(RED: NodeAPI, id: unknown): ConfigNode | undefined {
	const node = typeof id === 'string' && id !== '' ? RED.nodes.getNode(id) : undefined;
	return node && 'connect' in node ? (node as ConfigNode) : undefined;
}

/** The key for partner nodes; undefined if it names a variable that is not set: most flows need no key. */
function readPartnerKey(node: ConfigNode): string | undefined {
	const key = String(node.credentials?.comfyOrgApiKey ?? '').trim();
	const variable = variableIn(key);
	if (variable === undefined) return key || undefined;
	node.warn(
		`The environment variable ${variable} is not set: the account has no comfy.org API key`,
	);
	return undefined;
}

function readConcurrency(value: unknown): number {
	const number = Math.floor(Number(value));
	return number >= 1 ? number : DEFAULTS.nodeRed.concurrency;
}
