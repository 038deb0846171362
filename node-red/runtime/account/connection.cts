import {
	type Client,
	createClient,
	type Host,
	RunComfyError,
	RunTimes,
} from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';
import type { Account } from './account.cjs';
import { createHost, type HostOptions } from './host.cjs';
import { loadUndici } from './pool.cjs';

/** How long runs take, to tell how far one is. It is a fact of the deployment: it outlives deploys of the flow. */
const runTimes = perRuntime(() => new RunTimes());

/** What a job needs to talk to RunComfy. Outlives the config node. */
export interface Connection extends Pick<Account, 'limiter' | 'cache'> {
	client: Client;
	runTimes: RunTimes;
	/** To be called before a submit. @throws RunComfyError `insufficient_funds` below the account's limit */
	refuseLowBalance(): Promise<void>;
}

export type MakeHost = (options: HostOptions) => Host;

interface ConnectionOptions {
	baseUrl: string;
	token: string;
	apiVersion: string | undefined;
	allowPrivate: boolean;
	partnerKey?: string | undefined;
	/** US dollars; 0 for no limit. */
	stopBelowBalance?: number;
	makeHost: MakeHost | undefined;
}

/**
 * Opens a connection of an account, the same one each time: the function that it returns does.
 * @throws RunComfyError (from that function) `auth_failed` without a token, `invalid_input` for a wrong
 * base URL, `service_unavailable` where undici is missing
 */
export function createConnector(account: Account, options: ConnectionOptions): () => Connection {
	const { token, partnerKey, stopBelowBalance = 0, makeHost = createHost, ...api } = options;
	let opened: Connection | undefined;
	return () => {
		if (opened) return opened;
		// Thrown here, it is one clear error. Inside an exchange, it would look like a network failure.
		loadUndici();
		checkToken(token);
		const { limiter, cache, dispatcher } = account;
		const client = createClient({ ...api, host: makeHost({ token, partnerKey, dispatcher }) });
		const refuseLowBalance = () => account.refuseLowBalance(client, stopBelowBalance);
		opened = { client, limiter, cache, runTimes: runTimes(), refuseLowBalance };
		return opened;
	};
}

/** The environment variable that a text names, if it contains nothing else: Node-RED leaves the name there if the variable is not set. */
export function variableIn(text: string): string | undefined {
	return /^\$\{([^}]+)\}$/.exec(text)?.[1];
}

function checkToken(token: string): void {
	const variable = variableIn(token);
	if (variable !== undefined) {
		throw new RunComfyError('auth_failed', `The environment variable ${variable} is not set`, {
			hint: `Set ${variable} to your RunComfy API token where Node-RED is started, or in the flow's environment variables. Or paste the token itself into the account.`,
		});
	}
	// The field shows dots, so it is easy to paste a token behind what is already there.
	const begin = token.indexOf('${');
	if (begin >= 0) {
		const held = token.slice(begin, token.indexOf('}', begin) + 1 || begin + 2);
		throw new RunComfyError('auth_failed', `The API token of the account holds ${held} and more`, {
			hint: 'In the field of the account, select all, and then paste the token.',
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
