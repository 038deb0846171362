import type { NodeAPI } from 'node-red';
import { getResult } from '../../../core';
import { isTrue, readRequestRef } from '../inputs/inputs';
import type { Action, Answer } from '../node/action';
import { act } from '../node/action';
import { makeCall, untilAnswered } from '../node/call';
import { deliver, isReturning } from '../node/deliver';
import { type Exit, inBackground } from '../node/handler';
import { type Instance, registerNode } from '../node/instances';
import { answerWithResult, readOutputOptions } from '../outputs/outputs';
import { journalOf, live } from './life';
import { type LeftRun, Run, type RunKind, runs, runsChanged } from './run';
import { untilSubmitted, watchFlows } from './takeover';

/**
 * Registers a node whose messages are runs. Runs outlive instances of the node: after a deploy, the present instance
 * sends their messages. What is paid for also outlives the process.
 */
export function registerRuns(RED: NodeAPI, type: string, kind: RunKind): void {
	watchFlows(RED, type, (instance, left) => startRun(kind, instance, undefined, left));
	registerNode(RED, type, {
		take(instance, exit) {
			if (isReturning(exit)) return;
			const { wait } = instance.def as { wait?: unknown };
			if (kind === 'result' && !isTrue(wait)) makeCall(instance, exit, readResultOnce);
			else startRun(kind, instance, exit);
		},
		async beforeStop(nodeId) {
			await Promise.all([untilAnswered(nodeId), untilSubmitted(nodeId)]);
		},
	});
}

/** Starts a run for a message that has come in, or for one of an earlier process. */
function startRun(kind: RunKind, instance: Instance, exit: Exit | undefined, left?: LeftRun): void {
	const msg = left?.msg ?? exit!.msg;
	const run = new Run(kind, instance, msg, exit, left);
	runs().set(run.id, run);
	run.show();
	run.over = finishRun(run);
	inBackground(
		instance.node,
		run.over.then(() => leave(run)),
	);
	runsChanged().call();
}

async function finishRun(run: Run): Promise<void> {
	const end = await act(run.instance, run, (action) => {
		run.action = action;
		return live(run);
	});
	run.finish(end);
}

/** Lets the message of a run leave, once. */
async function leave(run: Run): Promise<void> {
	const { nodeId, msg, exit, leaving: signal, id, requestId, instance } = run;
	const { lifecycle, node } = instance;
	const journal = journalOf(run);
	const claim = () => {
		const isOurs = journal.claim(id);
		if (!isOurs)
			node.warn(
				`Another Node-RED with this user directory has sent the message of request ${requestId}.`,
			);
		return isOurs;
	};
	try {
		await deliver({ work: run, nodeId, lifecycle, msg, exit, end: run.end!, signal, claim });
	} catch (error) {
		// Whoever stopped the run forgets it.
		if (run.stopped) return;
		throw error;
	}
	journal.remove(id);
	runs().delete(id);
}

/** Reads the result once, without waiting for the end. */
async function readResultOnce(action: Action): Promise<Answer> {
	const { connection, signal } = action;
	const ref = await readRequestRef(action);
	const options = await readOutputOptions(action);
	const result = await getResult(connection.client, ref, { signal });
	return answerWithResult(action, ref, result, options);
}
