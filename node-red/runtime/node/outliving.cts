import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { toNodeError } from '../errors.cjs';
import type { Journal, JournalEntry } from '../journal/journal.cjs';
import { type Actor, createBoard, errorOutcome } from './action.cjs';
import { arrives } from './arrival.cjs';
import { inBackground } from './background.cjs';
import { type Emit, onInput } from './handler.cjs';
import { type Job, type Register, stopJobs } from './jobs.cjs';
import type { Lifecycle } from './lifecycle.cjs';
import { outgoing } from './parts.cjs';
import type { JobStatus, Outcome, StatusBoard } from './status.cjs';

/**
 * One message's work that outlives the instances of its node: after a deploy the next instance sends
 * its message, after a restart the journal tells what to take up again.
 */
export interface OutlivingWork {
	/** Its name in the journal. */
	readonly id: string;
	readonly msg: NodeMessageInFlow;
	readonly job: Job<Outcome>;
	/** Shows its phase with the instance that holds it now. */
	showOn(status: JobStatus): void;
	/** The instance that is to send its message. */
	holder?: symbol;
	/** Whether its message was sent, so that only the arrival is waited for. */
	sent?: boolean;
}

/** A work that `start` begins, whose phase shows with whichever instance holds it. */
export function createWork(
	id: string,
	msg: NodeMessageInFlow,
	start: (show: JobStatus['show']) => Job<Outcome>,
): OutlivingWork {
	let shown: Parameters<JobStatus['show']> = ['requesting'];
	let status: JobStatus | undefined;
	const job = start((...next) => {
		shown = next;
		status?.show(...next);
	});
	return {
		...{ id, msg, job },
		showOn(shownOn) {
			status = shownOn;
			status.show(...shown);
		},
	};
}

/** What happens to a node that closes. */
export type Closing = 'redeploy' | 'delete' | 'shutdown';

/** Whether the work goes on here, is only no longer waited for, or is canceled. */
export type Fate = 'keep' | 'leave' | 'cancel';

/** What is particular to a node type whose work outlives its instances. */
export interface OutlivingNode<Work extends OutlivingWork> {
	readonly register: Register<Work>;
	/** The work for a message that comes in by a wire; undefined where there is nothing to wait for. */
	begin(msg: NodeMessageInFlow): Work | undefined;
	/** Takes up what an earlier process began; undefined where it is to be forgotten. */
	resume(entry: JournalEntry): Work | undefined;
	fateOf(closing: Closing): Fate;
	/** Adds to what shows a work's phases. */
	decorate?(status: JobStatus, work: Work, emit: Emit): JobStatus;
	/** Called when the flows have started and the work of earlier instances is taken over. */
	onStarted?(): void;
	/** Called when this instance closes, before anything else. */
	onClose?(): void;
	/** Called when works were stopped and have ended, or the time for that is over. */
	onStopped?(works: readonly Work[], closing: Closing, fate: Fate): void;
}

/** One instance of such a node. */
export interface Instance<Work extends OutlivingWork> {
	readonly board: StatusBoard;
	isClosed(): boolean;
	/** Has this instance send the message of a work that came by another way than a wire. */
	take(work: Work): void;
}

/** What takes over the work of a node that nobody holds: its present instance's. */
const adopters = new Map<string, () => void>();

/** Works that an instance sends to itself, by message. */
const handed = new WeakMap<NodeMessageInFlow, OutlivingWork>();

const NOBODY = Symbol('nobody');

/** Wires one instance: input, adopting the work of earlier instances and processes, and closing. */
export function outlive<Work extends OutlivingWork>(
	{ RED, node }: Pick<Actor, 'RED' | 'node'>,
	{ journal, lifecycle }: { journal: Journal | undefined; lifecycle: Lifecycle },
	type: OutlivingNode<Work>,
): Instance<Work> {
	const { register } = type;
	const { settled } = lifecycle;
	const self = Symbol(node.id);
	const board = createBoard(RED, node);
	const current = new Set<Work>();
	let closed = false;
	/** Whether nobody waits for its messages any more: deleted, or closed with a cancel. */
	let unwanted = false;
	/** Whether no instance follows that would end what comes in now: nothing is paid for any more. */
	let refuses = false;

	const forget = (work: Work) => {
		journal?.ended(work.id);
		register.drop(work);
	};

	const perform = async (msg: NodeMessageInFlow, emit: Emit) => {
		if (refuses) return undefined;
		const work = (handed.get(msg) as Work | undefined) ?? type.begin(msg);
		handed.delete(msg);
		if (!work) return undefined;
		work.holder = self;
		current.add(work);
		const status = type.decorate?.(board.begin(), work, emit) ?? board.begin();
		work.showOn(status);
		try {
			status.end(await work.job.result);
			return outgoing(RED, msg);
		} catch (error) {
			status.end(errorOutcome(error));
			throw error;
		}
	};

	const onEnd = (msg: NodeMessageInFlow, resend?: () => void) => {
		const work = endedWith(current, msg);
		if (!work) return;
		current.delete(work);
		const sending = {
			...{ RED, node, resend, settled },
			isClosed: () => closed,
			isUnwanted: () => unwanted,
			forget: () => forget(work),
		};
		inBackground(node, seeArrival(work, sending));
	};

	const take = (work: Work) => {
		work.holder = self;
		handed.set(work.msg, work);
		// As if it had come in by a wire, so that Complete and Catch nodes hear of its end.
		node.receive(work.msg);
	};

	const adopt = () => {
		const known = register.of(node.id);
		for (const work of known) {
			if (!work.sent && work.holder !== self && !work.job.aborted) take(work);
		}
		const ids = new Set(known.map(({ id }) => id));
		for (const entry of underWayFirst(journal?.live(node.id) ?? [])) {
			if (ids.has(entry.job)) continue;
			const work = type.resume(entry);
			if (work) take(work);
			else journal?.ended(entry.job);
		}
	};

	onInput(node, { work: perform, settled, toError: toNodeError, isClosed: () => closed, onEnd });
	const stopListening = lifecycle.onStarted(() => {
		adopt();
		type.onStarted?.();
	});
	adopters.set(node.id, adopt);
	const stopTakingOver = journal?.onTakenOver(() => {
		inBackground(
			node,
			settled().then(() => closed || adopt()),
		);
	});

	const end = async (closing: Closing) => {
		const fate = type.fateOf(closing);
		const stays = closing === 'shutdown' && fate === 'leave';
		refuses = fate !== 'keep';
		// Without a journal only this process can deliver them.
		if (fate === 'keep' || (stays && !journal?.isKept())) return;
		unwanted = !stays;
		const stopped = register.of(node.id).filter(({ sent }) => !sent);
		for (const work of stopped) {
			const ended = work.job.result.catch(() => undefined);
			inBackground(
				node,
				ended.then(() => (stays ? register.drop(work) : forget(work))),
			);
		}
		await stopJobs(
			stopped.map(({ job }) => job),
			fate,
		);
		if (stays) for (const { job } of stopped) if (!job.settled) inBackground(node, adoptAfter(job));
		type.onStopped?.(stopped, closing, fate);
	};

	/** Where it ends so late that the flows run again, they have not found it in the journal. */
	const adoptAfter = async (job: Job) => {
		await job.result.catch(() => undefined);
		await settled();
		adopters.get(node.id)?.();
	};

	const close = (removed: boolean) => {
		const closing = removed ? 'delete' : lifecycle.endsNow() ? 'shutdown' : 'redeploy';
		if (closing === 'redeploy' && type.fateOf(closing) === 'keep') {
			onceGone(lifecycle, node.id, () => void end('delete'));
		}
		return end(closing);
	};

	node.on('close', (removed: boolean, done: () => void) => {
		closed = true;
		stopListening();
		stopTakingOver?.();
		if (adopters.get(node.id) === adopt) adopters.delete(node.id);
		board.close();
		type.onClose?.();
		inBackground(node, close(removed).finally(done));
	});

	return { board, isClosed: () => closed, take };
}

/** What RunComfy has already takes its room before anything that waited is let in. */
function underWayFirst(entries: readonly JournalEntry[]): JournalEntry[] {
	const waits = ({ waiting }: JournalEntry) => Number(waiting !== undefined);
	return [...entries].sort((one, other) => waits(one) - waits(other));
}

/** A flow may send the same object twice: then it is two works that have it. */
function endedWith<Work extends OutlivingWork>(
	works: ReadonlySet<Work>,
	msg: NodeMessageInFlow,
): Work | undefined {
	for (const work of works) if (work.msg === msg && work.job.settled) return work;
	return undefined;
}

/** Of a node in a subflow the runtime does not tell that it is deleted: no instance follows it then. */
function onceGone(lifecycle: Lifecycle, nodeId: string, deleted: () => void): void {
	const stop = lifecycle.onStarted(() => {
		stop();
		if (!adopters.has(nodeId)) deleted();
	});
}

interface Sending {
	RED: NodeAPI;
	/** The instance that has sent the message. */
	node: Node;
	/** Sends the message again; absent where nothing was sent. */
	resend: (() => void) | undefined;
	settled: () => Promise<void>;
	isClosed: () => boolean;
	/** Whether nobody waits for the message any more. */
	isUnwanted: () => boolean;
	/** Called once the next nodes have the message. */
	forget: () => void;
}

/**
 * To be called when a message was sent. Its work is forgotten once the next nodes have it: a process
 * that ends in between sends it once more rather than never. What got lost on its way is sent again,
 * by the instance that is there then.
 */
async function seeArrival(work: OutlivingWork, sending: Sending): Promise<void> {
	const { RED, node, resend, settled, isClosed, isUnwanted, forget } = sending;
	work.sent = true;
	while (!(await arrives(RED, node)) && resend && !isUnwanted()) {
		await settled();
		if (isUnwanted()) break;
		if (isClosed()) return offer(work);
		resend();
	}
	forget();
}

function offer(work: OutlivingWork): void {
	work.sent = false;
	work.holder = NOBODY;
	adopters.get(work.job.nodeId)?.();
}
