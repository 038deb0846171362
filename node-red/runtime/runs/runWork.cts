import { randomUUID } from 'node:crypto';
import {
	assign,
	attach,
	type Notes,
	run,
	RunComfyError,
	type SubmitAnswer,
	type SubmitInput,
	type WorkflowApiJson,
} from '../../../core/index.js';
import type { Scheduling } from '../account/scheduling.cjs';
import { keepInput, restoreInput } from '../inputs/keptInput.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import { readWaiting } from '../inputs/waiting.cjs';
import type { Journal, JournalEntry } from '../journal/journal.cjs';
import type { KeptInput } from '../journal/journalLines.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Answer } from '../node/action.cjs';
import { answerWithOutputs, readOutputOptions } from '../outputs/outputs.cjs';
import { aboutOf } from './about.cjs';
import { keepForAgain, type KeptRun, neverAgain } from './again.cjs';
import { type Awaiting, whileAwaiting } from './awaited.cjs';
import { endedDuringSubmit, entryOf, inputOf } from './journalEntry.cjs';
import { isAnswerLate, isUnknown, waitForLate } from './lateAnswer.cjs';
import type { RunAction } from './runs.cjs';
import { orCanceled, type Plan, waitOptions } from './runWait.cjs';

export const newRunId = (): string => randomUUID();

/** Submits, waits and delivers. */
export async function runNew(action: RunAction, journal: Journal | undefined): Promise<Answer> {
	const { connection, facts, fields, inputs, secrets } = action;
	// Everything is read before anything is paid for.
	const output = await readOutputOptions(action);
	const { timeoutMs, cancelOnTimeout } = await readWaiting(inputs, fields);
	const planWith = (notes: Notes): Plan => ({ output, timeoutMs, cancelOnTimeout, ...notes });
	const msg = keptMessage(action.msg, secrets);
	// For a process that ends while RunComfy is asked.
	const submission = await readSubmission(action, (deploymentId, unchecked) => {
		const { input, notes } = unchecked ?? { notes: { warnings: [] } };
		const waiting = { input: input && keepInput(input, action, secrets) };
		journal?.waiting(entryOf(action, { deploymentId, msg, plan: planWith(notes), waiting }), false);
	});
	const { input, notes, workflow } = submission;
	facts.note({ deploymentId: input.deploymentId });
	const kept = keepInput(input, action, secrets);
	const plan = planWith(notes);
	const queue = connection.scheduling;
	return submitInTurn(action, journal, { input, kept, workflow, msg, plan, queue });
}

interface Turn {
	input: SubmitInput;
	/** The same, for the time after a restart, and to be submitted once more. */
	kept: KeptInput | undefined;
	/** To name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	/** What is kept of the message. */
	msg: Record<string, unknown>;
	plan: Plan;
	/** Absent where it was let in by an earlier process: then the journal has it, however many wait. */
	queue?: Scheduling;
}

/** Submits as soon as the account lets it, waits and delivers. */
async function submitInTurn(
	action: RunAction,
	journal: Journal | undefined,
	{ input, kept, workflow, msg, plan, queue }: Turn,
): Promise<Answer> {
	const { connection, facts, id, node, run: own, show, stopped: signal } = action;
	const { deploymentId } = input;
	facts.note({ about: aboutOf(input.overrides) });
	if (kept) keepForAgain(id, { nodeId: node.id, deploymentId, input: kept, msg, plan });
	const submitAndWait = async ({ wake, known }: Awaiting) => {
		own.apply({ is: 'submitting' });
		await journal?.submitting(entryOf(action, { deploymentId, msg, plan }));
		let arrived = () => undefined as void;
		const answered = new Promise<void>((resolve) => {
			arrived = resolve;
		});
		const options = assign(waitOptions(action, plan), {
			signal,
			wake,
			workflow,
			onSubmitted: (answer: SubmitAnswer) => {
				const ref = { requestId: answer.request_id, deploymentId: answer.deployment_id };
				journal?.accepted(id, ref.requestId, connection.client.host.now());
				arrived();
				facts.noteSubmit();
				own.apply({ is: 'accepted', ref });
				known(ref.requestId);
				action.know(ref);
				show('inQueue');
			},
		});
		return run(connection.client, input, options).catch(async (error: unknown) => {
			if (isUnknown(error)) neverAgain(id);
			// Flows that start again take it up with its id, once that has come.
			const late = own.state.closed === 'leave' && isAnswerLate(error);
			if (late) await waitForLate(connection.client.host, answered);
			throw error;
		});
	};
	const work = () => {
		// It may have waited for its turn.
		show('requesting');
		return whileAwaiting({ deploymentId }, (awaiting) =>
			orCanceled(action, plan, () => submitAndWait(awaiting)),
		);
	};
	const keepWaiting = () => {
		const waiting = { input: kept };
		journal?.waiting(entryOf(action, { deploymentId, msg, plan, waiting }), true);
	};
	const onWait = () => {
		if (queue) keepWaiting();
		show('waiting');
	};
	const result = await connection.limiter
		.run(work, { signal, onWait, ...(queue && { queue }) })
		.catch((error: unknown) => {
			// Nothing was submitted: that is the next start's, which also tells why it cannot be.
			const { canceledBy, closed, ref } = own.state;
			const unsubmitted = ref === undefined && !isUnknown(error);
			if (closed === 'leave' && unsubmitted && canceledBy === undefined) keepWaiting();
			throw error;
		});
	const ref = { deploymentId: result.deployment_id, requestId: result.request_id };
	return answerWithOutputs(action, ref, result, plan.output, plan);
}

/** Ends what an earlier process has begun, as its entry in the journal says. */
export async function runAgain(
	action: RunAction,
	journal: Journal | undefined,
	entry: JournalEntry,
): Promise<Answer> {
	const answer = await workAgain(action, journal, entry);
	return { ...answer, runcomfy: { ...answer.runcomfy, resumed: true } };
}

function workAgain(
	action: RunAction,
	journal: Journal | undefined,
	entry: JournalEntry,
): Promise<Answer> {
	if (entry.waiting?.unread) return runNew(action, journal);
	return entry.waiting ? submitAfterAll(action, journal, entry) : waitAgain(action, entry);
}

/**
 * Submits what still waited when the earlier process ended.
 * @throws RunComfyError `aborted` where what to submit could not be kept
 */
async function submitAfterAll(
	action: RunAction,
	journal: Journal | undefined,
	entry: JournalEntry,
): Promise<Answer> {
	const { msg, waiting, plan } = entry;
	const deploymentId = entry.deploymentId || undefined;
	action.facts.note({ deploymentId });
	const input = await inputOf(entry, action);
	return submitInTurn(action, journal, {
		...{ input, kept: waiting?.input, workflow: input.workflowApiJson, msg },
		plan: plan as unknown as Plan,
	});
}

/**
 * Submits what an ended run has submitted, and waits and delivers as that one did.
 * @throws RunComfyError `aborted` where the node does not have all of it any more
 */
export async function runKept(
	action: RunAction,
	journal: Journal | undefined,
	{ deploymentId, input: kept, plan }: KeptRun,
): Promise<Answer> {
	const { connection, facts } = action;
	facts.note({ deploymentId });
	const input = await restoreInput(kept, action);
	if (input === undefined) {
		throw new RunComfyError('aborted', 'The node has been changed since that run', {
			...{ deploymentId, hint: 'Nothing was submitted. Send a message instead.' },
		});
	}
	const msg = keptMessage(action.msg, action.secrets);
	return submitInTurn(action, journal, {
		...{ input, kept, workflow: input.workflowApiJson, msg, plan },
		queue: connection.scheduling,
	});
}

/** Waits for what an earlier process submitted, and delivers. */
async function waitAgain(action: RunAction, entry: JournalEntry): Promise<Answer> {
	const { connection, stopped: signal } = action;
	const { deploymentId, requestId, at } = entry;
	const plan = entry.plan as unknown as Plan;
	if (requestId === undefined) throw endedDuringSubmit(deploymentId);
	const ref = { deploymentId, requestId };
	action.run.apply({ is: 'accepted', ref });
	action.facts.note({ ...ref, submittedAt: at, state: 'in_queue' });
	const wait = ({ wake }: Awaiting) =>
		attach(connection.client, ref, {
			...waitOptions(action, plan),
			wake,
			signal,
			submittedAt: at,
		});
	const result = await whileAwaiting(ref, (awaiting) =>
		connection.limiter.join(() => orCanceled(action, plan, () => wait(awaiting))),
	);
	return answerWithOutputs(action, ref, result, plan.output, plan);
}
