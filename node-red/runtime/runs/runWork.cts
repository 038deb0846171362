import { randomUUID } from 'node:crypto';
import {
	attach,
	run,
	RunComfyError,
	type SubmitInput,
	type WorkflowApiJson,
} from '../../../core/index.js';
import { tokenOf, type Action, type Answer } from '../node/action.cjs';
import { whileAwaiting, type Awaiting } from './awaited.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keepsake } from '../journal/keepsake.cjs';
import { keepInput, restoreInput } from '../journal/keptInput.cjs';
import type { EnterOptions } from '../account/limiter.cjs';
import { answerWithOutputs, readOutputOptions } from '../outputs/outputs.cjs';
import { orCanceled, waitOptions, type Keeping, type Plan } from './runWait.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import { readWaiting } from '../inputs/waiting.cjs';

export const newRunId = (): string => randomUUID();

/** Submits, waits and delivers. */
export async function runNew(action: Action, keeping: Keeping): Promise<Answer> {
	const { connection, fields, inputs } = action;
	const { control, journal } = keeping;
	// Everything is read before anything is paid for.
	const { input, notes, workflow } = await readSubmission(action, (deploymentId) =>
		journal?.waiting({ ...newEntry(action, keeping, deploymentId, {}), waiting: {} }, false),
	);
	const output = await readOutputOptions(action);
	const { timeoutMs, cancelOnTimeout } = await readWaiting(inputs, fields);
	const plan: Plan = { output, timeoutMs, cancelOnTimeout, ...notes };
	control.facts.note({ deploymentId: input.deploymentId });
	return submitInTurn(
		action,
		keeping,
		{ input, workflow, plan },
		{
			queue: connection.scheduling,
			onWait() {
				const kept = keepInput(input, action, tokenOf(action.RED, fields['config']));
				const waiting = kept === undefined ? {} : { input: kept };
				journal?.waiting({ ...newEntry(action, keeping, input.deploymentId, plan), waiting }, true);
			},
		},
	);
}

interface Submitted {
	input: SubmitInput;
	/** To name the nodes of a failed run. */
	workflow?: WorkflowApiJson | undefined;
	plan: Plan;
}

/** Submits as soon as the account lets it, waits and delivers. */
async function submitInTurn(
	action: Action,
	keeping: Keeping,
	{ input, workflow, plan }: Submitted,
	turn: Omit<EnterOptions, 'signal'>,
): Promise<Answer> {
	const { connection, show, signal } = action;
	const { control, journal, id } = keeping;
	const either = AbortSignal.any([signal, control.canceled]);
	const submitAndWait = ({ wake, known }: Awaiting) => {
		journal?.submitting(newEntry(action, keeping, input.deploymentId, plan));
		return run(connection.client, input, {
			...waitOptions(action, keeping, plan),
			signal: either,
			wake,
			workflow,
			onSubmitted: ({ request_id: requestId, deployment_id: deploymentId }) => {
				journal?.accepted(id, requestId, connection.client.host.now());
				control.facts.noteSubmit();
				control.ref = { requestId, deploymentId };
				known(requestId);
				action.know(control.ref);
				show('inQueue');
			},
		});
	};
	const result = await connection.limiter.run(
		() => {
			// It may have waited for its turn.
			show('requesting');
			return whileAwaiting({ deploymentId: input.deploymentId }, (awaiting) =>
				orCanceled(action, keeping, plan, () => submitAndWait(awaiting)),
			);
		},
		{
			...turn,
			signal: either,
			onWait() {
				turn.onWait();
				show('waiting');
			},
		},
	);
	const ref = { deploymentId: result.deployment_id, requestId: result.request_id };
	return answerWithOutputs(action, ref, result, plan.output, plan);
}

/** Ends what an earlier process has begun, as its entry in the journal says. */
export async function runAgain(
	action: Action,
	keeping: Keeping,
	entry: JournalEntry,
): Promise<Answer> {
	const work = entry.waiting ? submitAfterAll : waitAgain;
	const answer = await work(action, keeping, entry);
	return { ...answer, runcomfy: { ...answer.runcomfy, resumed: true } };
}

/**
 * Submits what still waited when the earlier process ended.
 * @throws RunComfyError `aborted` where what to submit could not be kept
 */
async function submitAfterAll(
	action: Action,
	keeping: Keeping,
	{ deploymentId, waiting, plan }: JournalEntry,
): Promise<Answer> {
	keeping.control.facts.note({ deploymentId });
	const input = waiting?.input && (await restoreInput(waiting.input, action));
	if (input === undefined) {
		throw new RunComfyError(
			'aborted',
			'Node-RED ended while the message waited, and what was to be submitted could not be kept',
			{ deploymentId, hint: 'Nothing was submitted for it. Send it again.' },
		);
	}
	return submitInTurn(
		action,
		keeping,
		{ input, workflow: input.workflowApiJson, plan: plan as unknown as Plan },
		// It was let in before, however many wait now, and is in the journal.
		{ onWait: () => undefined },
	);
}

/** Waits for what an earlier process submitted, and delivers. */
async function waitAgain(action: Action, keeping: Keeping, entry: JournalEntry): Promise<Answer> {
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
	const { control } = keeping;
	control.ref = ref;
	control.facts.note({ ...ref, submittedAt: at, state: 'in_queue' });
	const wait = ({ wake }: Awaiting) =>
		attach(connection.client, ref, {
			...waitOptions(action, keeping, plan),
			wake,
			signal: AbortSignal.any([action.signal, control.canceled]),
			submittedAt: at,
		});
	const result = await whileAwaiting(ref, (awaiting) =>
		connection.limiter.join(() => orCanceled(action, keeping, plan, () => wait(awaiting))),
	);
	return answerWithOutputs(action, ref, result, plan.output, plan);
}

function newEntry(
	{ RED, node, fields, msg, connection }: Action,
	{ id }: Keeping,
	deploymentId: string,
	plan: Plan | Record<string, never>,
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
