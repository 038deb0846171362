import type { Node, NodeAPI, NodeDef } from 'node-red';
import {
	createClient,
	createRunTimes,
	DEFAULT_BASE_URL,
	RunComfyError,
	type Client,
	type Host,
	type RunTimes,
} from '../../core/index.js';
import { leaseAccount } from './account.cjs';
import { createHost, type HostOptions } from './host.cjs';
import { invalidInput } from './errors.cjs';
import type { Limiter } from './limiter.cjs';
import { readScheduling, type Scheduling } from './scheduling.cjs';
import { loadUndici } from './undici.cjs';

export interface ConfigDef extends NodeDef {
	baseUrl?: string;
	apiVersion?: string;
	concurrency?: string | number;
}

/** What a job needs to talk to RunComfy. Outlives the config node until it is released. */
export interface Connection {
	client: Client;
	/** The limit on concurrent requests, over all nodes with the same base URL and token. */
	limiter: Limiter;
	/** How messages wait for the limit. */
	scheduling: Scheduling;
	/** Shared by all nodes of this process. */
	runTimes: RunTimes;
	release(): void;
}

export interface ConfigNode extends Node<Credentials> {
	/**
	 * To be released once.
	 * @throws RunComfyError `auth_failed` without a token, `invalid_input` for a wrong base URL,
	 * `service_unavailable` where undici is missing
	 */
	connect(): Connection;
	scheduling: Scheduling;
	/** For errors: never to be put into a message or a log. */
	token: string;
}

export interface Credentials {
	apiToken?: string;
}

/** Requests at once when the config node does not say: RunComfy's own limit per deployment. */
const DEFAULT_CONCURRENCY = 10;

// How long runs take is a fact of the deployment: it outlives deploys of the flow.
const runTimes = createRunTimes();

/** Registers `runcomfy-config`. Tests give a host of their own, on a virtual clock. */
export function registerConfig(
	RED: NodeAPI,
	makeHost: (options: HostOptions) => Host = createHost,
): void {
	function RunComfyConfig(this: ConfigNode, def: ConfigDef) {
		RED.nodes.createNode(this, def);
		const token = String(this.credentials?.apiToken ?? '').trim();
		const identity = { baseUrl: def.baseUrl?.trim() || DEFAULT_BASE_URL, token };

		const own = leaseAccount(identity);
		own.account.limiter.setLimit(this.id, readConcurrency(def.concurrency));
		this.on('close', () => {
			own.account.limiter.dropLimit(this.id);
			own.release();
		});

		this.token = token;
		const scheduling = readScheduling(def);
		this.scheduling = scheduling;
		this.connect = () => {
			// Here it is one clear error; inside an exchange it would pass for a network failure.
			loadUndici();
			checkToken(token);
			const lease = leaseAccount(identity);
			try {
				const { limiter, dispatcher } = lease.account;
				const client = createClient({
					host: makeHost({ token, dispatcher }),
					baseUrl: identity.baseUrl,
					apiVersion: def.apiVersion,
				});
				return { client, limiter, scheduling, runTimes, release: lease.release };
			} catch (error) {
				lease.release();
				throw error;
			}
		};
	}

	RED.nodes.registerType<ConfigNode, ConfigDef, object, Credentials>(
		'runcomfy-config',
		RunComfyConfig,
		{ credentials: { apiToken: { type: 'password' } } },
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

function checkToken(token: string): void {
	const variable = /^\$\{([^}]+)\}$/.exec(token)?.[1];
	if (variable !== undefined) {
		throw new RunComfyError('auth_failed', `The environment variable ${variable} is not set`, {
			hint: `Set ${variable} to your RunComfy API token where Node-RED is started, or in the flow's environment variables.`,
		});
	}
	if (token === '') {
		throw new RunComfyError('auth_failed', 'The account holds no API token', {
			hint: 'Open the account in the node, and paste the API token from your RunComfy profile page or write ${RUNCOMFY_API_TOKEN}.',
		});
	}
	if (!/^[\x21-\x7e]+$/.test(token)) {
		throw new RunComfyError(
			'auth_failed',
			'The API token contains blanks or other characters that no token has',
		);
	}
}

function readConcurrency(value: unknown): number {
	const number = Math.floor(Number(value));
	return number >= 1 ? number : DEFAULT_CONCURRENCY;
}
