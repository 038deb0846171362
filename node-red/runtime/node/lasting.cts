import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { messageOf, toNodeError } from '../errors.cjs';
import { type Journal, type JournalEntry, openJournal } from '../journal/journal.cjs';
import { perRuntime } from '../runtime.cjs';
import {
	act,
	type ActionDef,
	type Actor,
	errorOutcome,
	type Given,
	type Perform,
} from './action.cjs';
import { endedInTime, endMessage, type Exit, inBackground, nextTurn, onInput } from './handler.cjs';
import { type Lifecycle, watchLifecycle } from './lifecycle.cjs';
import { outgoing } from './message.cjs';
import type { Shown } from './progress.cjs';
import { createStatusBoard, type Outcome, type StatusBoard } from './status.cjs';

/** A node whose work outlives its instances. */
export interface LastingActor extends Actor {
	readonly journal: Journal;
	readonly lifecycle: Lifecycle;
}

export function toLasting<A extends Actor>(actor: A): A & LastingActor {
	const { RED } = actor;
	return { ...actor, journal: openJournal(RED), lifecycle: watchLifecycle(RED.events) };
}

/** Whether a work that is stopped has its request canceled, or left to RunComfy. */
export type StopMode = 'cancel' | 'leave';

export type Closing = 'redeploy' | 'delete' | 'shutdown';

/** Whether the work goes on here, is only no longer waited for, or is canceled. */
export type Fate = 'keep' | StopMode;

/** What is particular to a type of node whose work outlives its instances. */
export interface LastingType {
	/** Begins the work for a message; undefined if there is nothing to wait for. */
	begin(msg: NodeMessageInFlow): Work | undefined;
	/** Resumes what an earlier process began; undefined if it is to be forgotten. */
	resume(entry: JournalEntry): Work | undefined;
	fateOf(closing: Closing): Fate;
	/** Called when the flows have started and the works of earlier instances are taken over. */
	onStarted?(): void;
	/** Called when this instance closes, before anything else. */
	onClose?(): void;
	/** Called when works were stopped and have ended, or the time for that is over. */
	onStopped?(works: readonly Work[], closing: Closing, fate: Fate): void;
}

/**
 * One message's work. It belongs to a node, whichever instance of it is there: after a deploy the next
 * instance sends its message, after a restart the journal says what to resume.
 */
export interface Work {
	/** Its name in the journal. */
	readonly id: string;
	readonly nodeId: string;
	readonly msg: NodeMessageInFlow;
	/** The instance that began it. */
	readonly actor: LastingActor;
	/** Aborts when the work is stopped. */
	readonly controller: AbortController;
	/** How it was stopped; the first time counts. */
	stopped?: StopMode;
	shown: Shown;
	readonly hooks: WorkHooks;
	result: Promise<Outcome>;
	/** What `result` has settled to: what the status shows, and what `outgoing` returns or throws. */
	end?: { outcome: Outcome; error?: unknown };
	/** Where the message came in; absent if it came by another way than a wire. */
	exit?: Exit;
	/** Whether its message must not leave yet. */
	held?: boolean;
	/** The instance that is about to send its message. */
	leavingBy?: object | undefined;
	/** Whether its message was sent in this turn of the event loop, so that only the arrival is waited for. */
	sent?: boolean;
	/** What a stop of Node-RED waits for: the end of the process would lose something. */
	atRisk?: Risk | undefined;
}

/** What works of one type do when something happens to them. */
export interface WorkHooks {
	/** Called of the first stop, before the signal aborts. */
	onStop?(work: Work, how: StopMode): void;
	/** Called when another instance takes it over. */
	onAdopted?(work: Work): void;
	/** Called when it is no longer registered. */
	onDropped?(work: Work): void;
}

const works = perRuntime(() => new Map<string, Set<Work>>());

/** The works of a node that have not reached the next nodes. */
export function worksOf(nodeId: string): Work[] {
	return [...(works().get(nodeId) ?? [])];
}

/** Data only, without functions of its own: tens of thousands may wait. */
export function createWork(
	actor: LastingActor,
	given: Pick<Work, 'id' | 'msg'> & Partial<Pick<Work, 'hooks' | 'held'>>,
): Work {
	return {
		actor,
		nodeId: actor.node.id,
		controller: new AbortController(),
		hooks: {},
		shown: READING,
		result: NO_RESULT,
		...given,
	};
}

const READING: Shown = { state: 'reading' };
const NO_RESULT: Work['result'] = Promise.resolve({
	fill: 'grey',
	shape: 'ring',
	state: 'unknown',
});

function stopWork(work: Work, how: StopMode): void {
	if (work.stopped !== undefined) return;
	work.stopped = how;
	work.hooks.onStop?.(work, how);
	work.controller.abort();
}

/** Begins a work, which stays registered until the next nodes have its message. */
export function beginWork<W extends Work>(work: W, perform: () => Promise<Outcome>): W {
	const { nodeId, actor } = work;
	works().set(nodeId, (works().get(nodeId) ?? new Set()).add(work));
	work.result = perform();
	inBackground(actor.node, seeThrough(work));
	return work;
}

/** Begins a work that is one action, whose answer its message gets. */
export function beginAction<W extends Work>(
	work: W,
	given: Omit<Given, 'msg' | 'signal' | 'show'>,
	perform: Perform,
): W {
	const { msg, controller, actor } = work;
	const show = (shown: Shown) => showWork(work, shown);
	return beginWork(work, () =>
		act(actor, { msg, signal: controller.signal, show, ...given }, perform),
	);
}

async function seeThrough(work: Work): Promise<void> {
	work.end = await work.result.then(succeeded, failed);
	setSafe(work);
	if (work.stopped === undefined) return deliver(work);
	dropWork(work);
}

interface Risk {
	readonly over: Promise<void>;
	end(): void;
}

/** To be called when a message of which the journal has nothing has come, and before a call that is made once. */
export function setAtRisk(work: Work): void {
	let end = () => undefined as void;
	const over = new Promise<void>((resolve) => {
		end = resolve;
	});
	work.atRisk ??= { over, end };
}

/** To be called when the journal has all that there is to know of a work. */
export function setSafe(work: Work): void {
	work.atRisk?.end();
	work.atRisk = undefined;
}

function succeeded(outcome: Outcome): NonNullable<Work['end']> {
	return { outcome };
}

function failed(error: unknown): NonNullable<Work['end']> {
	return { outcome: errorOutcome(error), error: toNodeError(error) };
}

function dropWork(work: Work): void {
	const ofNode = works().get(work.nodeId);
	ofNode?.delete(work);
	if (ofNode?.size === 0) works().delete(work.nodeId);
	work.actor.journal.ended(work.id);
	work.hooks.onDropped?.(work);
}

/** The present instance of each node. @public Tests put one there. */
export const instances = perRuntime(
	() => new Map<string, Pick<Instance, 'actor' | 'board' | 'show'>>(),
);

export function presentActor(nodeId: string): LastingActor | undefined {
	return instances().get(nodeId)?.actor;
}

/** Shows where a work stands with the instance that is there now. */
export function showWork(work: Work, shown: Shown): void {
	work.shown = shown;
	instances().get(work.nodeId)?.show(work);
}

export function releaseWork(work: Work): void {
	work.held = false;
	if (work.end) inBackground(work.actor.node, deliver(work));
}

/**
 * Has the present instance end the message of a work, and forgets the work once the next nodes have it: if
 * the process ends in between, or a deploy replaces some of those nodes, it is sent once more rather than never. If
 * there is no instance, the next one calls it again.
 */
async function deliver(work: Work): Promise<void> {
	await work.actor.lifecycle.settled();
	const instance = instances().get(work.nodeId);
	if (!instance || !work.end || work.held || work.stopped !== undefined) return;
	if (work.sent || work.leavingBy === instance) return;
	work.leavingBy = instance;
	const { node, RED } = instance.actor;
	// As if it had come in by a wire, so that Complete and Catch nodes hear of its end.
	const exit = work.exit?.node === node ? work.exit : await comeBack(node, work.msg);
	if (instances().get(work.nodeId) !== instance || work.leavingBy !== instance) return;
	work.sent = true;
	const { outcome, ...failure } = ownEnd(work, work.end);
	instance.board.end(work, outcome);
	const next = nextNodes(instance.actor);
	const sent = endMessage(exit, () => {
		if ('error' in failure) throw failure.error;
		return outgoing(RED, work.msg);
	});
	await nextTurn();
	// The runtime delivers it one turn later. A node that a deploy or a stop has closed by then gets nothing any more.
	const arrived = next.every(([id, receiver]) => RED.nodes.getNode(id) === receiver);
	if (sent === undefined || arrived) return dropWork(work);
	Object.assign(work, { sent: false, leavingBy: undefined, exit: undefined });
	return deliver(work);
}

/** How the message of a work ends here. If another process has taken the journal over, that one sends the result. */
function ownEnd({ actor, id }: Work, end: NonNullable<Work['end']>): NonNullable<Work['end']> {
	try {
		actor.journal.delivering(id);
		return end;
	} catch (error) {
		return failed(error);
	}
}

/** The nodes behind the first output, by their ids. */
function nextNodes({ RED, node }: LastingActor): Array<[string, Node | null]> {
	const { wires } = node as Node & { wires?: string[][] };
	return (wires?.[0] ?? []).map((id) => [id, RED.nodes.getNode(id)]);
}

/** What a work had to tell when its node closed before its message left. */
function unsentText({ outcome: { requestId }, error }: NonNullable<Work['end']>): string {
	if (requestId !== undefined) {
		return `The node was closed before it could send the message of request ${requestId}. Fetch the result by the request id: RunComfy keeps it for 7 days.`;
	}
	const what = error === undefined ? 'its message' : `an error: ${messageOf(error)}`;
	return `The node was closed before it could send ${what}`;
}

/** What waits for messages that a node receives again. */
const returning = perRuntime(() => new WeakMap<NodeMessageInFlow, Array<(exit: Exit) => void>>());

function comeBack(node: Node, msg: NodeMessageInFlow): Promise<Exit> {
	return new Promise((resolve) => {
		returning().set(msg, [...(returning().get(msg) ?? []), resolve]);
		node.receive(msg);
	});
}

export function registerLasting(
	RED: NodeAPI,
	type: string,
	typeOf: (actor: LastingActor) => LastingType,
): void {
	watchLifecycle(RED.events);

	function RunComfyNode(this: Node, def: ActionDef) {
		RED.nodes.createNode(this, def);
		const actor = toLasting({ RED, node: this, def });
		liveAs(actor, typeOf(actor));
	}

	RED.nodes.registerType(type, RunComfyNode);
}

/** One instance of a node: it takes messages in, and takes over the works of earlier instances and processes. */
class Instance {
	readonly actor: LastingActor;
	readonly board: StatusBoard;
	readonly #type: LastingType;
	/** Whether the works of earlier instances are taken over. */
	#started = false;
	/** Whether no instance follows that would end what comes in now: nothing is paid for any more. */
	#refuses = false;

	constructor(actor: LastingActor, type: LastingType) {
		const { RED, node, journal, lifecycle } = actor;
		this.actor = actor;
		this.board = createStatusBoard(RED, node);
		this.#type = type;
		instances().set(node.id, this);
		onInput(node, (exit) => this.#take(exit));
		const stopListening = lifecycle.onStarted(() => {
			this.#started = true;
			this.#adopt();
			type.onStarted?.();
		});
		const stopTakingOver = journal.onTakenOver(() => {
			inBackground(
				node,
				lifecycle.settled().then(() => this.isOpen() && this.#adopt()),
			);
		});
		node.on('close', (removed: boolean, done: () => void) => {
			stopListening();
			stopTakingOver();
			if (this.isOpen()) instances().delete(node.id);
			this.board.close();
			type.onClose?.();
			inBackground(node, this.#close(removed).finally(done));
		});
	}

	isOpen(): boolean {
		return instances().get(this.actor.node.id) === this;
	}

	show(work: Work): void {
		const own = this.#started || work.exit?.node === this.actor.node;
		if (own && !work.end && work.stopped === undefined) this.board.show(work, work.shown);
	}

	async #take(exit: Exit): Promise<void> {
		const back = returning().get(exit.msg)?.shift();
		if (back) return back(exit);
		if (this.#refuses) return;
		let failure: { error: unknown } | undefined;
		try {
			const work = this.#type.begin(exit.msg);
			if (work) {
				work.exit = exit;
				return this.#takeOver(work);
			}
		} catch (error) {
			failure = { error };
		}
		await this.actor.lifecycle.settled();
		if (!this.isOpen()) return;
		endMessage(exit, () => {
			if (failure) throw failure.error;
			return undefined;
		});
	}

	/** Takes over the works of earlier instances and processes. */
	#adopt(): void {
		const { node, journal } = this.actor;
		const known = worksOf(node.id);
		for (const work of known) {
			this.#takeOver(work);
			if (work.end) inBackground(node, deliver(work));
		}
		const ids = new Set(known.map(({ id }) => id));
		for (const entry of underWayFirst(journal.live(node.id))) {
			if (ids.has(entry.job)) continue;
			const work = this.#type.resume(entry);
			if (work) this.#takeOver(work);
			else journal.ended(entry.job);
		}
	}

	#takeOver(work: Work): void {
		this.show(work);
		work.hooks.onAdopted?.(work);
	}

	#close(removed: boolean): Promise<void> {
		const { node, lifecycle } = this.actor;
		const closing = removed ? 'delete' : lifecycle.endsNow() ? 'shutdown' : 'redeploy';
		if (closing !== 'delete' && this.#type.fateOf(closing) === 'keep') {
			// Of a node in a subflow, or of one that goes while the flows are stopped, the runtime does not say that it
			// is deleted: no instance follows it then.
			const stop = lifecycle.onStarted(() => {
				stop();
				if (!instances().has(node.id)) inBackground(node, this.#stopWorks('delete'));
			});
		}
		return this.#stopWorks(closing);
	}

	async #stopWorks(closing: Closing): Promise<void> {
		const { node } = this.actor;
		const fate = this.#type.fateOf(closing);
		this.#refuses = fate !== 'keep';
		if (fate === 'keep') {
			if (closing !== 'shutdown') return;
			return endedInTime(worksOf(node.id).flatMap(({ atRisk }) => atRisk?.over ?? []));
		}
		// Then it is known whether what was just sent has arrived.
		await nextTurn();
		const stopped = worksOf(node.id);
		const going = stopped.filter(({ end }) => !end);
		for (const work of stopped) {
			stopWork(work, fate);
			if (!work.end) continue;
			node.warn(unsentText(work.end));
			dropWork(work);
		}
		await endedInTime(going.map(({ result }) => result));
		this.#type.onStopped?.(going, closing, fate);
	}
}

/** Wires one instance: input, the works of earlier instances and processes, and closing. */
export function liveAs(actor: LastingActor, type: LastingType): Pick<Instance, 'board' | 'isOpen'> {
	return new Instance(actor, type);
}

/** What RunComfy has already takes its room before anything that waited is let in. */
function underWayFirst(entries: readonly JournalEntry[]): JournalEntry[] {
	const waits = ({ waiting }: JournalEntry) => Number(waiting !== undefined);
	return [...entries].sort((one, other) => waits(one) - waits(other));
}
