import type { IExecuteFunctions } from 'n8n-workflow';
import {
	type Client,
	expectedRunTime,
	isPrivateHost,
	type RequestRef,
	type Told,
} from '../../../core';
import type { Calls } from '../session/calls';
import type { Ledger } from '../session/ledger';
import { SOON_MS } from '../session/parking';
import { runTimes } from '../session/session';
import { CALL, kindOf, resumeAddress } from './address';

/** An `OpenRequest` while the execution is parked. */
export interface WatchedRequest {
	ref: RequestRef;
	submittedAt?: number | undefined;
	deadline?: number | undefined;
	/** Whether RunComfy itself calls at the end, as far as is known here. */
	told?: Told | undefined;
}

/** Whether RunComfy's calls have come, by the origin that it was told to call, as long as n8n's process lives. */
const come = new Map<string, boolean>();

/** Milliseconds after its end in which the call for a request must have come. */
const CALL_MS = 20_000;

/**
 * What a wait may rely on, under the address that n8n gives for this execution; undefined where calls
 * are known to be lost.
 */
export function toldHere(context: IExecuteFunctions): Told | undefined {
	const known = come.get(resumeAddress(context)?.origin ?? '');
	if (known === undefined) return 'untried';
	return known ? 'proven' : undefined;
}

export interface CallsOptions {
	client: Client;
	ledger: Ledger;
	/** Whether the user wants them. */
	wanted: boolean;
	/** Whether a run that is known to be brief is waited for in memory. */
	staysForBrief: boolean;
	/** Whether n8n reaches itself, so that somebody looks after the execution once it is parked. */
	reachable(): Promise<boolean>;
}

export function createCalls(context: IExecuteFunctions, options: CallsOptions): Calls {
	const { client, ledger, wanted, staysForBrief, reachable } = options;
	const address = resumeAddress(context);
	const note = (has: boolean) => void (address && come.set(address.origin, has));
	if (ledger.woken === 'runcomfy') note(true);
	return {
		addressFor(deploymentId) {
			if (!wanted || !address || !isCallable(address, client)) return undefined;
			const { typicalMs = Infinity } = expectedRunTime(runTimes, deploymentId) ?? {};
			return staysForBrief && typicalMs < SOON_MS ? undefined : kindOf(address, CALL).href;
		},
		async awaited(told) {
			if (!ledger.resumed || ledger.woken || told !== context.getExecutionId()) return undefined;
			const here = toldHere(context);
			return here && (await reachable()) ? here : undefined;
		},
		learn({ told, finishedAt }) {
			// Of several, one may have been called for long ago.
			const alone = ledger.entries().length === 1;
			if (!alone || !ledger.resumed || told !== context.getExecutionId()) return;
			const lateMs = client.host.now() - Date.parse(finishedAt ?? '');
			if (ledger.woken !== 'runcomfy' && lateMs > CALL_MS) note(false);
		},
	};
}

/** RunComfy calls https addresses on the internet; a simulator, which is reached by http itself, also others. */
function isCallable({ protocol, hostname }: URL, { baseUrl }: Client): boolean {
	if (baseUrl.startsWith('http:')) return true;
	return protocol === 'https:' && !isPrivateHost(hostname);
}
