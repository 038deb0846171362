import { randomUUID } from 'node:crypto';
import {
	attach,
	type Notes,
	run,
	RunComfyError,
	type Submission,
	type SubmitInput,
	type WorkflowApiJson,
} from '../../../core/index.js';
import type { EnterOptions } from '../account/limiter.cjs';
import { restoreInput } from '../inputs/keptInput.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import { readWaiting } from '../inputs/waiting.cjs';
import type { Journal, JournalEntry } from '../journal/journal.cjs';
import type { Answer } from '../node/action.cjs';
import { answerWithOutputs, readOutputOptions } from '../outputs/outputs.cjs';
import { aboutOf } from './about.cjs';
import { keepForAgain, type KeptRun } from './again.cjs';
import { type Awaiting, whileAwaiting } from './awaited.cjs';
import { endedDuringSubmit, entryOf, inputOf, waitingEntryOf } from './journalEntry.cjs';
import { isAnswerLate, isUnknown, waitForLate } from './lateAnswer.cjs';
import type { RunAction } from './runs.cjs';
import { orCanceled, type Plan, waitOptions } from './runWait.cjs';

export const newRunId = (): string => randomUUID();

/** Submits, waits and delivers. */
export async function runNew(action: RunAction, journal: Journal | undefined): Promise<Answer> {
	const { connection, facts, fields, inputs } = action;
	// Everything is read before anything is paid for.
	const output = await readOutputOptions(action);
	const { timeoutMs, cancelOnTimeout } = await readWaiting(inputs, fields);
	const planWith = (notes: Notes): Plan => ({ output, timeoutMs, cancelOnTimeout, ...notes });
	/** Keeps what is to be submitted, for a process that ends while the message waits. */
	const keep = (deploymentId: string, kept: Kept | undefined, lasting: boolean) => {
		const plan = planWith(kept?.notes ?? { warnings: [] });
		const waiting = { deploymentId, plan, input: kept?.input };
		journal?.waiting(waitingEntryOf(action, action.id, waiting), lasting);
	};
	const submission = await readSubmission(action, (deploymentId, unchecked) =>
		keep(deploymentId, unchecked, false),
	);
	const { input, notes, workflow } = submission;
	const plan = planWith(notes);
	facts.note({ deploymentId: input.deploymentId });
	const keepWaiting = () => keep(input.deploymentId, submission, true);
	const turn = { queue: connection.scheduling, onWait: keepWaiting };
	return submitInTurn(action, journal, { input, workflow, plan, turn, keepWaiting });
}

type Kept = Pick<Submission, 'input' | 'notes'>;

interface Turn {
	input: SubmitInput;
	/** To name the nodes of a failed run. */
	workflow: WorkflowApiJson | undefined;
	plan: Plan;
	turn: Omit<EnterOptions, 'signal'>;
	/** Writes down that nothing was submitted for the message yet, and what is to be. */
	keepWaiting: () => void;
}

/** Submits as soon as the account lets it, waits and delivers. */
async function submitInTurn(
	action: RunAction,
	journal: Journal | undefined,
	{ input, workflow, plan, turn, keepWaiting }: Turn,
): Promise<Answer> {
	const { canceled, connection, facts, id, run: own, show } = action;
	const signal = AbortSignal.any([action.signal, canceled]);
	facts.note({ about: aboutOf(input.overrides) });
	keepForAgain(action, input, plan);
	const submitAndWait = async ({ wake, known }: Awaiting) => {
		own.apply({ is: 'submitting' });
		await journal?.submitting(entryOf(action, id, input.deploymentId, plan));
		let answer = () => undefined as void;
		const answered = new Promise<void>((resolve) => {
			answer = resolve;
		});
		return run(connection.client, input, {
			...waitOptions(action, plan),
			...{ signal, wake, workflow },
			onSubmitted: ({ request_id: requestId, deployment_id: deploymentId }) => {
				const ref = { requestId, deploymentId };
				journal?.accepted(id, requestId, connection.client.host.now());
				answer();
				facts.noteSubmit();
				own.apply({ is: 'accepted', ref });
				known(requestId);
				action.know(ref);
				show('inQueue');
			},
		}).catch(async (error: unknown) => {
			// Flows that start again take it up with its id, once that has come.
			const late = own.state.closed === 'leave' && isAnswerLate(error);
			if (late) await waitForLate(connection.client.host, answered);
			throw error;
		});
	};
	const work = () => {
		// It may have waited for its turn.
		show('requesting');
		return whileAwaiting({ deploymentId: input.deploymentId }, (awaiting) =>
			orCanceled(action, plan, () => submitAndWait(awaiting)),
		);
	};
	const onWait = () => {
		turn.onWait();
		show('waiting');
	};
	const result = await connection.limiter
		.run(work, { ...turn, signal, onWait })
		.catch((error: unknown) => {
			// Nothing was submitted: that is the next start's, which also tells why it cannot be.
			const { closed, ref } = own.state;
			const unsubmitted = ref === undefined && !isUnknown(error);
			if (closed === 'leave' && unsubmitted && !canceled.aborted) keepWaiting();
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
	const answer = entry.waiting
		? await submitAfterAll(action, journal, entry)
		: await waitAgain(action, entry);
	return { ...answer, runcomfy: { ...answer.runcomfy, resumed: true } };
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
	action.facts.note({ deploymentId: entry.deploymentId });
	const input = await inputOf(entry, action);
	return submitInTurn(action, journal, {
		input,
		workflow: input.workflowApiJson,
		plan: entry.plan as unknown as Plan,
		// It was let in before, however many wait now, and is in the journal.
		turn: { onWait: () => undefined },
		keepWaiting: () => journal?.waiting(entry, true),
	});
}

/**
 * Submits what an ended run has submitted, and waits and delivers as that one did.
 * @throws RunComfyError `aborted` where the node does not have all of it any more
 */
export async function runKept(
	action: RunAction,
	journal: Journal | undefined,
	{ deploymentId, input: given, msg, plan }: KeptRun,
): Promise<Answer> {
	const { connection, facts, id, node } = action;
	facts.note({ deploymentId });
	const input = await restoreInput(given, action);
	if (input === undefined) {
		throw new RunComfyError('aborted', 'The node has been changed since that run', {
			...{ deploymentId, hint: 'Nothing was submitted. Send a message instead.' },
		});
	}
	const at = connection.client.host.now();
	const entry = { job: id, nodeId: node.id, at, deploymentId, msg, plan: { ...plan } };
	const keepWaiting = () => journal?.waiting({ ...entry, waiting: { input: given } }, true);
	const turn = { queue: connection.scheduling, onWait: keepWaiting };
	const workflow = input.workflowApiJson;
	return submitInTurn(action, journal, { input, workflow, plan, turn, keepWaiting });
}

/** Waits for what an earlier process submitted, and delivers. */
async function waitAgain(action: RunAction, entry: JournalEntry): Promise<Answer> {
	const { canceled, connection } = action;
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
			signal: AbortSignal.any([action.signal, canceled]),
			submittedAt: at,
		});
	const result = await whileAwaiting(ref, (awaiting) =>
		connection.limiter.join(() => orCanceled(action, plan, () => wait(awaiting))),
	);
	return answerWithOutputs(action, ref, result, plan.output, plan);
}
