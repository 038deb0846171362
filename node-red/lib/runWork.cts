import { randomUUID } from 'node:crypto';
import { attach, run, RunComfyError, type RunOptions, type SubmitInput } from '../../core/index.js';
import { tokenOf, type Action, type Answer } from './action.cjs';
import type { Journal, JournalEntry } from './journal.cjs';
import type { StopMode } from './jobs.cjs';
import { keepsake } from './keepsake.cjs';
import { answerWithOutputs, readOutputOptions, type OutputOptions } from './outputs.cjs';
import { showProgress } from './status.cjs';
import { readSubmission } from './submission.cjs';
import { readWaiting } from './waiting.cjs';

/** What of a run is settled before its submit, and holds after a restart, too. Plain data. */
interface Plan {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
	warnings: string[];
}

/** How one run is kept and stopped. */
export interface Keeping {
	/** Its name in the journal. */
	readonly id: string;
	readonly journal: Journal | undefined;
	/** How it was stopped, if it was. */
	readonly stopped: () => StopMode | undefined;
}

export const newRunId = (): string => randomUUID();

/** Submits, waits and delivers. */
export async function runNew(action: Action, keeping: Keeping): Promise<Answer> {
	const { connection, fields, inputs, show, signal } = action;
	// Everything is read before anything is paid for.
	const { input, warnings } = await readSubmission(action);
	const output = await readOutputOptions(action);
	const { timeoutMs, cancelOnTimeout } = await readWaiting(inputs, fields);
	const plan: Plan = { output, timeoutMs, cancelOnTimeout, warnings };
	const result = await connection.limiter.run(
		() => {
			keeping.journal?.submitting(newEntry(action, keeping, input, plan));
			return run(connection.client, input, {
				...waitOptions(action, keeping, plan),
				workflow: input.workflowApiJson,
				onSubmitted: ({ request_id: requestId, deployment_id: deploymentId }) => {
					keeping.journal?.accepted(keeping.id, requestId, connection.client.host.now());
					action.know({ requestId, deploymentId });
				},
			});
		},
		{ signal, onWait: () => show('waiting') },
	);
	const ref = { deploymentId: result.deployment_id, requestId: result.request_id };
	return answerWithOutputs(action, ref, result, output, warnings);
}

/** Waits for what an earlier process submitted, and delivers. */
export async function runAgain(
	action: Action,
	keeping: Keeping,
	entry: JournalEntry,
): Promise<Answer> {
	const { connection } = action;
	const { deploymentId, requestId, at } = entry;
	const plan = entry.plan as unknown as Plan;
	if (requestId === undefined) {
		throw new RunComfyError(
			'submit_unconfirmed',
			'Whether RunComfy accepted the request is not known: Node-RED ended during the submit',
			{ deploymentId },
		);
	}
	const ref = { deploymentId, requestId };
	const result = await connection.limiter.join(() =>
		attach(connection.client, ref, { ...waitOptions(action, keeping, plan), submittedAt: at }),
	);
	const answer = await answerWithOutputs(action, ref, result, plan.output, plan.warnings);
	return { ...answer, runcomfy: { ...answer.runcomfy, resumed: true } };
}

function waitOptions(
	{ connection, show, signal }: Action,
	{ stopped }: Keeping,
	{ timeoutMs, cancelOnTimeout }: Plan,
): Omit<RunOptions, 'onSubmitted'> {
	return {
		timeoutMs,
		cancelOnTimeout,
		signal,
		cancelOnAbort: () => stopped() === 'cancel',
		runTimes: connection.runTimes,
		onProgress: showProgress(show),
	};
}

function newEntry(
	{ RED, node, fields, msg, connection }: Action,
	{ id }: Keeping,
	{ deploymentId }: SubmitInput,
	plan: Plan,
): JournalEntry {
	return {
		job: id,
		nodeId: node.id,
		at: connection.client.host.now(),
		deploymentId,
		msg: keepsake(msg, tokenOf(RED, fields['config'])),
		plan: { ...plan },
	};
}
