import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	cancelBestEffort,
	type Notes,
	type RequestRef,
	type Secrets,
	type Submission,
	submit,
	type SubmitAnswer,
} from '../../../core/index.js';
import { keepInput } from '../inputs/keptInput.cjs';
import { readSubmission } from '../inputs/submission.cjs';
import { type Journal, type JournalEntry, openJournal } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import { act, type Action, type ActionDef, type Actor, type Answer } from '../node/action.cjs';
import { keepForResult } from '../node/correlation.cjs';
import { createJob, createRegister, type StopMode } from '../node/jobs.cjs';
import { watchLifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import { createWork, outlive, type OutlivingWork } from '../node/outliving.cjs';
import { whileSubmitting } from './awaited.cjs';
import {
	endedDuringSubmit,
	entryOf,
	inputOf,
	resumedMessage,
	unreadEntry,
} from './journalEntry.cjs';
import { isFinal, isUnknown, waitForLate } from './lateAnswer.cjs';
import { recordFacts } from './runFacts.cjs';
import { topicOf, withoutAnswer } from './runs.cjs';

/** One message's submit, until its answer has been sent. */
interface Submit extends OutlivingWork {
	/** Tells that nobody knows whether the request was accepted. */
	giveUp(): void;
}

const submits = createRegister<Submit>();

/**
 * Registers `runcomfy-submit`. A submit outlives the instances of its node: after a deploy the next
 * one sends the answer, after a restart the journal tells it. Where nobody is left to send it to, the
 * request is canceled. Whatever happens, somebody is told the request's id.
 */
export function registerSubmit(RED: NodeAPI): void {
	const lifecycle = watchLifecycle(RED.events);

	function RunComfySubmit(this: Node, given: ActionDef) {
		RED.nodes.createNode(this, given);
		const actor = { RED, node: this, def: migrate('runcomfy-submit', given) };
		const { userDir } = RED.settings as { userDir?: unknown };
		const journal = openJournal(userDir, (text) => RED.log.warn(text));
		outlive<Submit>(
			actor,
			{ journal, lifecycle },
			{
				register: submits,
				begin: (msg) => startSubmit(actor, journal, msg),
				resume: (entry) => resumeSubmit(actor, journal, entry),
				fateOf(closing) {
					if (closing === 'redeploy') return 'keep';
					return closing === 'shutdown' && journal?.isKept() ? 'leave' : 'cancel';
				},
				onStopped(stopped, _closing, fate) {
					if (fate !== 'cancel') return;
					for (const one of stopped.filter(({ job }) => !job.settled)) one.giveUp();
				},
			},
		);
	}

	RED.nodes.registerType('runcomfy-submit', RunComfySubmit);
}

/** `left` is what an earlier process has left of the message, where that is to be submitted now. */
function startSubmit(
	actor: Actor,
	journal: Journal | undefined,
	msg: NodeMessageInFlow,
	left?: JournalEntry,
): Submit {
	const { node } = actor;
	const id = left?.job ?? randomUUID();
	const resumed = left ? ({ resumed: true } as const) : {};
	const facts = recordFacts(
		{ job: id, nodeId: node.id, topic: topicOf(msg), ...resumed },
		Date.now,
	);
	let stopped: StopMode | undefined;
	/** Whether it is known that a submit is under way whose end the flow will not hear of. */
	let onItsWay = false;
	let told = false;

	const giveUp = () => {
		if (told || !onItsWay) return;
		told = true;
		node.warn(withoutAnswer(undefined));
		facts.end('submit_unconfirmed');
	};

	/** Where the node has closed meanwhile: a request that nobody waits for would only cost. */
	const dispose = async ({ connection }: Action, ref: RequestRef) => {
		facts.note(ref);
		if (stopped === 'leave') {
			node.log(
				`Request ${ref.requestId} was accepted while Node-RED stopped: the next start tells it`,
			);
			return;
		}
		const outcome = (await cancelBestEffort(connection.client, ref)) ?? 'no answer';
		node.warn(
			`Request ${ref.requestId} was submitted while the node closed, and canceled: ${outcome}`,
		);
		if (!told) facts.end('run_canceled');
		told = true;
	};

	const entry = (action: Action, { notes, ...about }: About) => {
		const kept = keptMessage(msg, action.secrets);
		return entryOf({ ...action, id }, { ...about, msg: kept, plan: { notes } });
	};

	/** Keeps what is to be submitted, for a process that ends before that. */
	const keep = (action: Action, deploymentId: string, kept: Partial<Kept> = {}) => {
		const { input, notes = NO_NOTES } = kept;
		const waiting = { input: input && keepInput(input, action, action.secrets) };
		journal?.waiting(entry(action, { deploymentId, notes, waiting }), false);
	};

	const read = async (action: Action): Promise<Kept> => {
		if (!left || left.waiting?.unread) {
			return readSubmission(action, (deploymentId, unchecked) =>
				keep(action, deploymentId, unchecked),
			);
		}
		const { notes = NO_NOTES } = left.plan as { notes?: Notes };
		return { input: await inputOf(left, action), notes };
	};

	const perform = async (action: Action): Promise<Answer> => {
		const { connection, signal } = action;
		const { host } = connection.client;
		const { input, notes } = await read(action);
		const { deploymentId } = input;
		facts.note({ deploymentId });
		const accept = async ({ request_id: requestId }: SubmitAnswer) => {
			const ref = { requestId, deploymentId };
			journal?.accepted(id, requestId, host.now());
			keepForResult(action, requestId);
			if (stopped !== undefined) await dispose(action, ref);
			return ref;
		};
		let arrived = (_answer: SubmitAnswer) => undefined as void;
		const late = new Promise<SubmitAnswer>((resolve) => {
			arrived = resolve;
		});
		let named: SubmitAnswer | undefined;
		try {
			signal.throwIfAborted();
			await journal?.submitting(entry(action, { deploymentId, notes }));
			onItsWay = true;
			return await whileSubmitting(deploymentId, async () => {
				const answer = await submit(connection.client, input, {
					signal,
					onAcceptedDespiteError(beside) {
						named = beside;
						keepForResult(action, beside.request_id);
					},
					onLateAnswer: arrived,
				});
				onItsWay = false;
				const ref = await accept(answer);
				const runcomfy = { ...toldOf(notes), ...resumed };
				return { ...ref, payload: answer, status: answer.status, runcomfy };
			});
		} catch (error) {
			if (stopped === undefined || named || !isUnknown(error)) {
				onItsWay = false;
				// The error goes nowhere any more: without this, nobody would get to know of the request.
				if (stopped !== undefined && named) await accept(named);
				else if (stopped === 'leave') keep(action, deploymentId, { input, notes });
				throw error;
			}
			if (stopped === 'cancel' && isFinal(error)) giveUp();
			// With the connection still open, so that it can be canceled.
			else await waitForLate(host, late.then(accept));
			throw error;
		}
	};

	const onWait = (secrets: Secrets) => {
		if (!left) journal?.waiting(unreadEntry(node.id, { job: id, msg, secrets }), false);
	};
	const onAbort = (how: StopMode) => {
		stopped = how;
	};
	const work = createWork(id, msg, (show) =>
		createJob(
			node.id,
			(signal) => act(actor, { msg, show, signal, submits: true, onWait }, perform),
			onAbort,
		),
	);
	return register({ ...work, giveUp });
}

interface About {
	deploymentId: string;
	notes: Notes;
	waiting?: JournalEntry['waiting'];
}

type Kept = Pick<Submission, 'input' | 'notes'>;

const NO_NOTES: Notes = { warnings: [] };

function register(one: Submit): Submit {
	submits.add(one);
	return one;
}

/** What the message is to tell of a submit. */
function toldOf({ warnings, seeds, partner_price }: Notes): Notes {
	return { warnings, ...(seeds ? { seeds } : {}), ...(partner_price ? { partner_price } : {}) };
}

/** Tells of a submit that an earlier process made, or makes the one that it was to make. */
function resumeSubmit(actor: Actor, journal: Journal | undefined, entry: JournalEntry): Submit {
	const { job: id, deploymentId, requestId, plan } = entry;
	const msg = resumedMessage(entry);
	if (entry.waiting) return startSubmit(actor, journal, msg, entry);
	const perform = async (action: Action): Promise<Answer> => {
		if (requestId === undefined) throw endedDuringSubmit(deploymentId);
		keepForResult(action, requestId);
		const payload = { request_id: requestId, deployment_id: deploymentId, status: 'in_queue' };
		const { notes = NO_NOTES } = plan as { notes?: Notes };
		return {
			...{ requestId, deploymentId, payload, status: 'in_queue' },
			runcomfy: { ...toldOf(notes), resumed: true },
		};
	};
	const ref = requestId === undefined ? undefined : { requestId, deploymentId };
	const work = createWork(id, msg, (show) =>
		createJob(actor.node.id, (signal) => act(actor, { msg, show, signal, ref }, perform)),
	);
	return register({ ...work, giveUp: () => undefined });
}
