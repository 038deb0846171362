import {
	type Client,
	createClient,
	type Host,
	RunComfyError,
	type RunTimes,
	type WorkflowCache,
} from '../../../core/index.js';
import { type Identity, leaseAccount } from './account.cjs';
import { createHost, type HostOptions } from './host.cjs';
import type { Limiter } from './limiter.cjs';
import { runTimes } from './runTimes.cjs';
import type { Scheduling } from './scheduling.cjs';
import { loadUndici } from './undici.cjs';

/** What a job needs to talk to RunComfy. Outlives the config node until it is released. */
export interface Connection {
	client: Client;
	/** The limit on concurrent requests, over all nodes with the same base URL and token. */
	limiter: Limiter;
	/** How messages wait for the limit. */
	scheduling: Scheduling;
	/** Shared by all nodes of this process. */
	runTimes: RunTimes;
	/** What was read of the account's deployments, also for earlier messages. */
	workflows: WorkflowCache;
	release(): void;
}

export type MakeHost = (options: HostOptions) => Host;

/**
 * To be released once.
 * @throws RunComfyError `auth_failed` without a token, `invalid_input` for a wrong base URL,
 * `service_unavailable` where undici is missing
 */
export function openConnection(
	identity: Identity,
	options: {
		apiVersion: string | undefined;
		allowPrivate: boolean;
		scheduling: Scheduling;
		makeHost?: MakeHost;
	},
): Connection {
	const { apiVersion, allowPrivate, scheduling, makeHost = createHost } = options;
	// Here it is one clear error; inside an exchange it would pass for a network failure.
	loadUndici();
	checkToken(identity.token);
	const { account, release } = leaseAccount(identity);
	try {
		const { limiter, dispatcher, workflows } = account;
		const host = makeHost({ token: identity.token, dispatcher });
		const client = createClient({ host, baseUrl: identity.baseUrl, apiVersion, allowPrivate });
		return { client, limiter, scheduling, runTimes, workflows, release };
	} catch (error) {
		release();
		throw error;
	}
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
