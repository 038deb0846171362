import type { NodeAPI } from 'node-red';
import { invalidInput, toNodeError } from '../errors.cjs';
import { readText } from '../inputs/inputs.cjs';
import type { Action } from '../node/action.cjs';
import { cancelable, withTopicOf } from './cancels.cjs';
import { type Run, runs } from './runs.cjs';
import type { CancelVerdict } from './state.cjs';

/** Which runs of this runtime, on whatever tab, a cancel node reaches. */
export type Target = 'topic' | 'node' | 'all';

/** What became of one run that a cancel node has reached. */
export interface CancelReport {
	node_id: string;
	topic?: unknown;
	/** Absent where nothing had been submitted yet. */
	request_id?: string;
	deployment_id?: string;
	/** What RunComfy answered; absent where there was nothing to ask for. */
	cancel?: CancelVerdict;
	/** How the race ended. `unknown` where it had not within the patience, or nobody can tell. */
	outcome: 'canceled' | 'finished' | 'failed' | 'not_submitted' | 'unknown';
	/** The error code of a run that failed. */
	code?: string;
}

/** Milliseconds for runs to end that were canceled; each run gives its own cancel a minute. */
const PATIENCE_MS = 90_000;

/**
 * Cancels the runs that a target names, and waits for their ends.
 * @throws RunComfyError `invalid_input` where the message or the node does not say which
 */
export async function cancelAndReport(action: Action, target: Target): Promise<CancelReport[]> {
	const choose = await readChoice(action, target);
	const chosen = cancelable(runs.all()).filter(choose);
	for (const run of chosen) run.cancel('flow');
	await settled(action, chosen);
	return Promise.all(chosen.map(report));
}

type Choice = (run: Run) => boolean;

async function readChoice(action: Action, target: Target): Promise<Choice> {
	if (target === 'all') return () => true;
	if (target === 'node') return ofNode(action.RED, await readText(action.inputs, 'runNode'));
	return withTopicOf(action.msg);
}

/** The runs of nodes with an id or a name; in a subflow, those of all its instances. */
function ofNode(RED: NodeAPI, idOrName: string | undefined): Choice {
	const ids = new Set<string>();
	RED.nodes.eachNode(({ id, type, name }) => {
		const named = idOrName !== undefined && [id, name].includes(idOrName);
		if (named && type === 'runcomfy-run') ids.add(id);
	});
	if (ids.size === 0) {
		throw invalidInput(
			idOrName === undefined
				? 'No run node is named whose runs are to be canceled'
				: `There is no run node with the id or name "${idOrName}"`,
			'Open the cancel node, and choose the run node from the list.',
		);
	}
	return ({ job: { nodeId } }) => {
		const { _alias } = (RED.nodes.getNode(nodeId) ?? {}) as { _alias?: string };
		return ids.has(nodeId) || (_alias !== undefined && ids.has(_alias));
	};
}

async function settled({ connection, signal }: Action, chosen: readonly Run[]): Promise<void> {
	const over = new AbortController();
	const bound = AbortSignal.any([signal, over.signal]);
	await Promise.race([
		Promise.allSettled(chosen.map(({ job }) => job.result)),
		connection.client.host.sleep(PATIENCE_MS, bound),
	]).finally(() => over.abort());
}

async function report(run: Run): Promise<CancelReport> {
	const { job, topic } = run;
	const { ref, cancelVerdict } = run.state;
	return {
		node_id: job.nodeId,
		// An object would be shared with the run's message.
		...(topic === undefined || typeof topic === 'object' ? {} : { topic }),
		...(ref === undefined ? {} : { request_id: ref.requestId, deployment_id: ref.deploymentId }),
		...(cancelVerdict === undefined ? {} : { cancel: cancelVerdict }),
		...(await outcomeOf(run)),
	};
}

async function outcomeOf({ state, job }: Run): Promise<Pick<CancelReport, 'outcome' | 'code'>> {
	if (state.step !== 'ended') return { outcome: 'unknown' };
	const code = await job.result.then(
		() => undefined,
		(error: unknown) => toNodeError(error).code,
	);
	if (code === undefined) return { outcome: 'finished' };
	if (code === 'run_canceled') {
		return { outcome: state.ref === undefined ? 'not_submitted' : 'canceled' };
	}
	return { outcome: code === 'aborted' ? 'unknown' : 'failed', code };
}
