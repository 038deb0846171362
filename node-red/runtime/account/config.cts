import type { Node, NodeAPI, NodeDef } from 'node-red';
import { DEFAULT_BASE_URL, DEFAULTS, trimEnd } from '../../../core/index.js';
import { invalidInput } from '../errors.cjs';
import { leaseAccount, readBalanceLimit } from './account.cjs';
import { type Connection, createConnector, type MakeHost } from './connection.cjs';
import { readScheduling, type Scheduling } from './limiter.cjs';
import { warmUpUndici } from './pool.cjs';
import { keepRunTimes } from './runTimes.cjs';

export type { Connection } from './connection.cjs';

export interface ConfigDef extends NodeDef {
	baseUrl?: string;
	apiVersion?: string;
	allowPrivate?: boolean;
	concurrency?: string | number;
	stopBelowBalance?: string | number;
}

export interface ConfigNode extends Node<Credentials> {
	/**
	 * To be released once.
	 * @throws RunComfyError `auth_failed` without a token, `invalid_input` for a wrong base URL,
	 * `service_unavailable` where undici is missing
	 */
	connect(): Connection;
	scheduling: Scheduling;
	/** The only address that the token of this node may be sent to. */
	baseUrl: string;
	/** For errors: never to be put into a message or a log. */
	secrets: readonly string[];
}

export interface Credentials {
	apiToken?: string;
	/** For ComfyUI's partner nodes. */
	comfyOrgApiKey?: string;
}

/** Requests at once when the config node does not say: RunComfy's own limit per deployment. */
/** Registers `runcomfy-config`. Tests give a host of their own, on a virtual clock. */
export function registerConfig(RED: NodeAPI, makeHost?: MakeHost): void {
	keepRunTimes((RED.settings as { userDir?: unknown }).userDir);

	function RunComfyConfig(this: ConfigNode, def: ConfigDef) {
		RED.nodes.createNode(this, def);
		const token = String(this.credentials?.apiToken ?? '').trim();
		const partnerKey = readPartnerKey(this);
		// Written with or without a slash at its end, it is one account.
		const baseUrl = trimEnd(def.baseUrl?.trim() ?? '', /\//) || DEFAULT_BASE_URL;
		const identity = { baseUrl, token };

		const own = leaseAccount(identity);
		own.account.limiter.setLimit(this.id, readConcurrency(def.concurrency));
		this.on('close', () => {
			own.account.limiter.dropLimit(this.id);
			own.release();
		});

		this.secrets = partnerKey === undefined ? [token] : [token, partnerKey];
		const scheduling = readScheduling(def);
		this.scheduling = scheduling;
		this.baseUrl = identity.baseUrl;
		this.connect = createConnector(identity, {
			apiVersion: def.apiVersion,
			allowPrivate: def.allowPrivate === true,
			scheduling,
			partnerKey,
			stopBelowBalance: readBalanceLimit(def.stopBelowBalance),
			...(makeHost ? { makeHost } : {}),
		});
		warmUpUndici();
	}

	RED.nodes.registerType<ConfigNode, ConfigDef, object, Credentials>(
		'runcomfy-config',
		RunComfyConfig,
		{ credentials: { apiToken: { type: 'password' }, comfyOrgApiKey: { type: 'password' } } },
	);
}

/** The config node that a node names. @throws RunComfyError `invalid_input` when there is none. */
export function findConfig(RED: NodeAPI, id: unknown): ConfigNode {
	const node = typeof id === 'string' && id !== '' ? RED.nodes.getNode(id) : undefined;
	if (node && 'connect' in node) return node as ConfigNode;
	throw invalidInput(
		'The node has no RunComfy account',
		'Open the node, choose or add an account, and deploy.',
	);
}

/** The key for partner nodes. One that names a variable which is not set is none: most flows need none. */
function readPartnerKey(node: ConfigNode): string | undefined {
	const key = String(node.credentials?.comfyOrgApiKey ?? '').trim();
	const variable = /^\$\{([^}]+)\}$/.exec(key)?.[1];
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
