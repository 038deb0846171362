import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import {
	cancelBestEffort,
	type RequestRef,
	RunComfyError,
	submit,
	type SubmitAnswer,
} from '../../../core/index.js';
import { readSubmission } from '../inputs/submission.cjs';
import { type Journal, type JournalEntry, openJournal } from '../journal/journal.cjs';
import { act, type Action, type ActionDef, type Actor, type Answer } from '../node/action.cjs';
import { createJob, createRegister, type StopMode } from '../node/jobs.cjs';
import { watchLifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import { createWork, outlive, type OutlivingWork } from '../node/outliving.cjs';
import { endedDuringSubmit, entryOf } from './journalEntry.cjs';
import { isAnswerLate, waitForLate } from './lateAnswer.cjs';
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
				resume: (entry) => resumeSubmit(actor, entry),
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

function startSubmit(actor: Actor, journal: Journal | undefined, msg: NodeMessageInFlow): Submit {
	const { node } = actor;
	const id = randomUUID();
	const facts = recordFacts({ job: id, nodeId: node.id, topic: topicOf(msg) }, Date.now);
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

	const perform = async (action: Action): Promise<Answer> => {
		const { connection, signal } = action;
		const { host } = connection.client;
		const { input, notes } = await readSubmission(action);
		facts.note({ deploymentId: input.deploymentId });
		await journal?.submitting(entryOf(action, id, input.deploymentId, { notes }));
		const accept = async ({ request_id: requestId, deployment_id: deploymentId }: SubmitAnswer) => {
			const ref = { requestId, deploymentId };
			journal?.accepted(id, requestId, host.now());
			if (stopped !== undefined) await dispose(action, ref);
			return ref;
		};
		let arrived = (_answer: SubmitAnswer) => undefined as void;
		const late = new Promise<SubmitAnswer>((resolve) => {
			arrived = resolve;
		});
		let named: SubmitAnswer | undefined;
		onItsWay = true;
		try {
			const answer = await submit(connection.client, input, {
				signal,
				onAcceptedDespiteError(beside) {
					named = beside;
				},
				onLateAnswer: arrived,
			});
			onItsWay = false;
			const ref = await accept(answer);
			return { ...ref, payload: answer, status: answer.status, runcomfy: { ...notes } };
		} catch (error) {
			if (stopped === undefined || named || !isUnknown(error)) {
				onItsWay = false;
				// The error goes nowhere any more: without this, nobody would get to know of the request.
				if (stopped !== undefined && named) await accept(named);
				throw error;
			}
			if (stopped === 'cancel' && isFinal(error)) giveUp();
			// With the connection still open, so that it can be canceled.
			else await waitForLate(host, late.then(accept));
			throw error;
		}
	};

	const onAbort = (how: StopMode) => {
		stopped = how;
	};
	const work = createWork(id, msg, (show) =>
		createJob(
			node.id,
			(signal) => act(actor, { msg, show, signal, submits: true }, perform),
			onAbort,
		),
	);
	return register({ ...work, giveUp });
}

function register(one: Submit): Submit {
	submits.add(one);
	return one;
}

/** Whether a submit that failed may have made a request. */
function isUnknown(error: unknown): boolean {
	return isFinal(error) || isAnswerLate(error);
}

/** Whether no later answer can tell. */
function isFinal(error: unknown): boolean {
	return error instanceof RunComfyError && error.code === 'submit_unconfirmed';
}

/** Tells of a submit that an earlier process made. */
function resumeSubmit(actor: Actor, entry: JournalEntry): Submit {
	const { job: id, deploymentId, requestId, plan } = entry;
	const msg = { ...entry.msg, deploymentId } as unknown as NodeMessageInFlow;
	const perform = async (): Promise<Answer> => {
		if (requestId === undefined) throw endedDuringSubmit(deploymentId);
		const payload = { request_id: requestId, deployment_id: deploymentId, status: 'in_queue' };
		const { notes } = plan as { notes?: object };
		return {
			...{ requestId, deploymentId, payload, status: 'in_queue' },
			runcomfy: { ...notes, resumed: true },
		};
	};
	const ref = requestId === undefined ? undefined : { requestId, deploymentId };
	const work = createWork(id, msg, (show) =>
		createJob(actor.node.id, (signal) => act(actor, { msg, show, signal, ref }, perform)),
	);
	return register({ ...work, giveUp: () => undefined });
}
