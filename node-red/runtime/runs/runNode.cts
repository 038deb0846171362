import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { createBoard, errorOutcome, type ActionDef, type Actor } from '../node/action.cjs';
import { asksForCancel, cancelRuns, supersede } from './cancels.cjs';
import { findConfig } from '../account/config.cjs';
import { toNodeError } from '../errors.cjs';
import { onInput, type Emit } from '../node/handler.cjs';
import { handOver, hasAdopter, setAdopter } from '../node/handOver.cjs';
import { isTrue } from '../inputs/inputs.cjs';
import { stopJobs } from '../node/jobs.cjs';
import { openJournal, type Journal, type JournalEntry } from '../journal/journal.cjs';
import { watchLifecycle, type Lifecycle } from '../node/lifecycle.cjs';
import { migrate } from '../node/migrate.cjs';
import { createProgressFeed, type ProgressFeed } from './progressFeed.cjs';
import { outgoing } from '../node/parts.cjs';
import { fateOf, readPolicies, type Closing } from './policies.cjs';
import { createRun, dropRun, runsOf, type Run } from './runs.cjs';
import type { JobStatus } from '../node/status.cjs';
import { newRunId, runAgain, runNew } from './runWork.cjs';

const adopted = new WeakMap<NodeMessageInFlow, Run>();

/**
 * Registers `runcomfy-run`, whose runs outlive its instances: after a deploy the next instance with
 * the same id ends them, after a restart the journal tells what to wait for.
 */
export function registerRun(RED: NodeAPI): void {
	const lifecycle = watchLifecycle(RED.events);

	function RunComfyRun(this: Node, given: RunDef) {
		RED.nodes.createNode(this, given);
		const def = migrate('runcomfy-run', given);
		const { userDir } = RED.settings as { userDir?: unknown };
		const journal = openJournal(userDir, (text) => RED.log.warn(text));
		liveAs({ RED, node: this, def }, journal, lifecycle);
	}

	RED.nodes.registerType('runcomfy-run', RunComfyRun);
}

interface RunDef extends ActionDef {
	/** Whether the second output gets messages of progress. */
	progress?: unknown;
}

function liveAs(
	actor: Actor & { def: RunDef },
	journal: Journal | undefined,
	lifecycle: Lifecycle,
): void {
	const { RED, node, def } = actor;
	const instance = Symbol(node.id);
	const policies = readPolicies(def);
	const board = createBoard(RED, node);
	const current = new Set<Run>();
	let closed = false;
	/** Whether nobody waits for its runs any more: deleted, or closed with a cancel. */
	let unwanted = false;
	/** Whether no instance follows that would end what came in now: nothing is paid for any more. */
	let refuses = false;

	const tellsProgress = isTrue(def.progress);
	const feeds = new Set<ProgressFeed>();

	/** Tells of a run's phases by the status and, where that is chosen, by messages. */
	const begin = (run: Run, emit: Emit): JobStatus => {
		const status = board.begin();
		if (!tellsProgress) return status;
		const feed = createProgressFeed(run, (message) => emit([null, message]));
		feeds.add(feed);
		return {
			show(phase, detail) {
				status.show(phase, detail);
				feed.show(phase, detail);
			},
			end(outcome) {
				feeds.delete(feed);
				feed.close();
				status.end(outcome);
			},
		};
	};

	const work = async (msg: NodeMessageInFlow, emit: Emit) => {
		if (refuses) return undefined;
		if (!adopted.has(msg) && asksForCancel(msg)) return cancelRuns(node.id, msg);
		const run = adopted.get(msg) ?? startRun(actor, { msg, journal, holder: instance });
		adopted.delete(msg);
		current.add(run);
		const status = begin(run, emit);
		run.showOn(status);
		try {
			status.end(await run.job.result);
			return outgoing(RED, msg);
		} catch (error) {
			status.end(errorOutcome(error));
			throw error;
		}
	};

	const onEnd = (msg: NodeMessageInFlow, resend?: () => void) => {
		// A flow may send the same object twice: then it is two runs that have it.
		const run = [...current].find((one) => one.msg === msg && one.facts().endedAt !== undefined);
		if (!run) return;
		current.delete(run);
		void handOver(run, {
			...{ RED, node, resend, settled },
			isClosed: () => closed,
			isUnwanted: () => unwanted,
			forget: () => forget(run, journal),
		});
	};

	const hand = (run: Run) => {
		adopted.set(run.msg, run);
		// As if it had come in anew, so that Complete and Catch nodes hear of its end.
		node.receive(run.msg);
	};

	const adopt = () => {
		const known = runsOf(node.id);
		for (const run of known) {
			if (run.ended || run.holder === instance || run.job.stopped) continue;
			run.holder = instance;
			hand(run);
		}
		const ids = new Set(known.map(({ id }) => id));
		for (const entry of journal?.live(node.id) ?? []) {
			if (ids.has(entry.job)) continue;
			if (policies.restart === 'forget') journal?.ended(entry.job);
			else hand(resumeRun(actor, { entry, journal, holder: instance }));
		}
	};

	const { settled } = lifecycle;
	onInput(node, { work, settled, toError: toNodeError, isClosed: () => closed, onEnd });
	const stopListening = lifecycle.onStarted(adopt);
	const stopAdopting = setAdopter(node.id, adopt);

	const close = async (removed: boolean) => {
		const closing = removed ? 'delete' : lifecycle.endsNow() ? 'shutdown' : 'redeploy';
		if (closing === 'redeploy' && policies.redeploy === 'keep') {
			onceGone(lifecycle, node.id, () => void end('delete'));
		}
		return end(closing);
	};

	const end = async (closing: Closing) => {
		const fate = fateOf(policies, closing);
		const stays = closing === 'shutdown' && fate === 'leave';
		refuses = fate !== 'keep';
		// Without a journal only this process can deliver them.
		if (fate === 'keep' || (stays && !journal)) return;
		unwanted = !stays;
		const stopped = runsOf(node.id).filter(({ ended }) => !ended);
		for (const run of stopped) {
			void run.job.result
				.catch(() => undefined)
				.then(() => (stays ? dropRun(run) : forget(run, journal)));
		}
		await stopJobs(
			stopped.map(({ job }) => job),
			fate,
		);
		if (fate === 'cancel') stopped.filter(isUnheard).forEach(giveUpOn);
	};

	node.on('close', (removed: boolean, done: () => void) => {
		closed = true;
		stopListening();
		stopAdopting();
		board.close();
		for (const feed of feeds) feed.close();
		void close(removed).finally(done);
	});
}

/** Of a node in a subflow the runtime does not tell that it is deleted: no instance follows it then. */
function onceGone(lifecycle: Lifecycle, nodeId: string, deleted: () => void): void {
	const stop = lifecycle.onStarted(() => {
		stop();
		if (!hasAdopter(nodeId)) deleted();
	});
}

/** Whether a stopped run has not ended within the bound: its cancel or its submit has no answer yet. */
function isUnheard({ facts, control }: Run): boolean {
	return facts().endedAt === undefined && !control.over && control.answer === undefined;
}

/** Tells of it now: the process may be about to end. */
function giveUpOn({ control }: Run): void {
	control.noteAnswer('no answer', control.ref?.requestId);
}

function forget(run: Run, journal: Journal | undefined): void {
	journal?.ended(run.id);
	dropRun(run);
}

interface Start {
	journal: Journal | undefined;
	holder: symbol;
}

function startRun(actor: Actor, start: Start & { msg: NodeMessageInFlow }): Run {
	const id = newRunId();
	if (latestWins(actor)) supersede(actor.node.id, start.msg);
	return createRun(actor, { ...start, id }, (action, control, stopped) =>
		runNew(action, { id, journal: start.journal, control, stopped }),
	);
}

function latestWins({ RED, def }: Actor): boolean {
	try {
		return findConfig(RED, def.config).scheduling.latestWins;
	} catch {
		// The run itself tells what is wrong with its account.
		return false;
	}
}

function resumeRun(actor: Actor, start: Start & { entry: JournalEntry }): Run {
	const { entry, journal } = start;
	const { deploymentId, requestId } = entry;
	const msg = {
		...entry.msg,
		deploymentId,
		...(requestId === undefined ? {} : { requestId }),
		runcomfy: { resumed: true },
	} as unknown as NodeMessageInFlow;
	return createRun(
		actor,
		{ ...start, id: entry.job, msg, resumed: true },
		(action, control, stopped) => {
			const know: typeof action.know = (facts) =>
				action.know({ ...facts, runcomfy: { ...facts.runcomfy, resumed: true } });
			return runAgain({ ...action, know }, { id: entry.job, journal, control, stopped }, entry);
		},
	);
}
