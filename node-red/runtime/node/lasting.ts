import { randomUUID } from 'node:crypto';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { conceal, endStatus } from '../../../core';
import { allSecrets } from '../account/account';
import { type NodeError, toNodeError } from '../errors';
import { type Journal, type JournalEntry, openJournal } from '../journal/journal';
import { type Lifecycle, watchLifecycle } from '../lifecycle';
import { createListeners, perRuntime } from '../runtime';
import { byTopic, droppedText, FETCH_BY_ID, withTopic } from '../unheard';
import {
	act,
	type ActionAbout,
	type ActionDef,
	type Actor,
	errorStatus,
	type Perform,
	type WorkEnd,
} from './action';
import { endedInTime, type Exit, finishMessage, inBackground, nextTurn, onInput } from './handler';
import { type Shown, StatusBoard } from './status';

/** A node whose work outlives its instances. */
export interface LastingActor extends Actor {
	readonly journal: Journal;
	readonly lifecycle: Lifecycle;
}

/** Whether stopped work cancels its request, or leaves the request to RunComfy. */
export type StopMode = 'cancel' | 'leave';

export type Closing = 'delete' | 'shutdown';

/** Whether the work goes on, is left to RunComfy, or is canceled. */
export type Fate = 'keep' | StopMode;

/** The behavior of one type of node whose work outlives its instances. */
export interface LastingType {
	/** Begins the work for a message. */
	begin(msg: NodeMessageInFlow): Work;
	/** Resumes work that an earlier process began. Absent if the journal stores nothing for the node. */
	resume?(entry: JournalEntry): Work;
	fateOf(closing: Closing, work?: Work): Fate;
	/** Called when stopped work has ended, or the time limit for that is over. */
	onStopped?(works: readonly Work[]): void;
}

const works = perRuntime(() => new Map<string, Set<Work>>());

/** The work of a node whose messages have not reached the next nodes yet. */
export function worksOf(nodeId: string): Work[] {
	return [...(works().get(nodeId) ?? [])];
}

/** Does the work for one message, and knows its details. */
export interface Performer extends ActionAbout {
	/** The request whose end the message reports; undefined if there is none yet. */
	readonly requestId: unknown;
	/** Whether the work was stopped before it did anything that its flow should hear of. */
	readonly isDropped: boolean;
	/** Whether the message is sent even if the next process will send it again. */
	readonly endsAtOnce: boolean;
	/** Shows the state of the work at the present instance of the node. */
	show(): void;
	/** Called when the work starts to wait until the journal can be written, and when the wait is over. */
	onHeld(waitsForDisk: true | undefined): void;
	/** Called when the work is stopped, and when it is forgotten. */
	onStop?(): void;
	onDrop?(): void;
}

/**
 * The work for one message. It belongs to a node, not to one instance: after a deploy, the next instance sends the
 * message; after a restart, the journal lists the work to resume.
 */
export class Work {
	/** The name of the work in the journal. */
	readonly id: string;
	readonly nodeId: string;
	/** Whether an earlier process began the work. */
	readonly resumed: boolean;
	/** How the work was stopped. Later stops change nothing. */
	stopped?: StopMode;
	shown: Shown = { state: 'reading' };
	/** Does the work, once it has begun. */
	performer!: Performer;
	/** Set once the work has ended. */
	end?: WorkEnd;
	/** Resolves when the work has ended. */
	over!: Promise<void>;
	/** Where the message came in. Absent if it did not come in by a wire. */
	exit?: Exit | undefined;
	/** Set while a stop of Node-RED has to wait, because the end of the process would lose something. */
	atRisk?: Risk | undefined;
	/** Created on demand, because thousands of messages may wait. */
	#stopping?: AbortController;
	/** The instance that is about to send the message. */
	#leavingBy?: Instance | undefined;
	/** Whether the message was sent in this turn of the event loop, so that only its arrival is missing. */
	#sent = false;
	#dropped = false;
	/** For stopped work, resolves when the log has named it. Until then, the journal keeps the work. */
	#named?: Promise<void>;

	constructor(
		/** The instance that began the work. */
		readonly actor: LastingActor,
		readonly msg: NodeMessageInFlow,
		{ id = randomUUID(), resumed = false }: { id?: string; resumed?: boolean } = {},
	) {
		this.id = id;
		this.nodeId = actor.node.id;
		this.resumed = resumed;
	}

	/** Aborts when the work is stopped. */
	get signal(): AbortSignal {
		this.#stopping ??= new AbortController();
		if (this.stopped !== undefined) this.#stopping.abort();
		return this.#stopping.signal;
	}

	/** Begins the work. It stays registered until the next nodes have its message. */
	begin(performer: Performer, perform: () => Promise<WorkEnd>): this {
		this.performer = performer;
		works().set(this.nodeId, (works().get(this.nodeId) ?? new Set()).add(this));
		this.over = perform().then(
			(clear) => void (this.end = clear),
			(error: unknown) => void (this.end = failed(error)),
		);
		inBackground(this.actor.node, this.#seeThrough());
		return this;
	}

	/** Performs the work as one action, and puts the answer on the message. */
	act(perform: Perform): this {
		return this.begin(new Acting(this), () => act(this, perform));
	}

	get requestId(): unknown {
		return this.performer.requestId;
	}

	/** Shows the state of the work at the present instance of the node. */
	show(shown: Shown): void {
		this.shown = shown;
		instances().get(this.nodeId)?.show(this);
	}

	/** Waits as long as the journal holds the work, and shows that. @throws the abort reason of `signal` */
	async untilReleased(signal: AbortSignal): Promise<void> {
		const { id: job, nodeId, msg, requestId, performer } = this;
		const { journal } = this.actor;
		if (!journal.isOpened()) {
			await journal.opened(signal);
			// Work that earlier processes have left takes its place first.
			await nextTurn();
		}
		if (!journal.holds(job)) return;
		performer.onHeld(true);
		try {
			await journal.released({ run: { job, nodeId, topic: msg.topic, requestId }, signal });
		} finally {
			performer.onHeld(undefined);
		}
	}

	/** Waits until the end of the work can be stored, or `signal` aborts. Does not wait for work that ends at once. */
	async untilItMayEnd(signal: AbortSignal): Promise<void> {
		const { journal } = this.actor;
		while (!signal.aborted && !this.performer.endsAtOnce && !(await journal.mayEnd(this.id))) {
			await this.untilReleased(signal).catch(() => undefined);
		}
	}

	/** @param named resolves when the log has named the work */
	stop(how: StopMode, named?: Promise<void>): void {
		if (this.stopped !== undefined) return;
		this.stopped = how;
		if (named) this.#named = named;
		this.#stopping?.abort();
		this.performer.onStop?.();
	}

	/** Call this when a message arrives that is not in the journal, and before a call that must not be repeated. */
	setAtRisk(): void {
		let clear = () => undefined as void;
		const over = new Promise<void>((resolve) => {
			clear = resolve;
		});
		this.atRisk ??= { over, clear };
	}

	/** Call this when the journal has everything that is known about the work. */
	setSafe(): void {
		this.atRisk?.clear();
		this.atRisk = undefined;
	}

	/**
	 * Lets the present instance send the message, and forgets the work once the next nodes have the message. If the
	 * process ends in between, or a deploy replaces some of those nodes, the message is sent a second time instead of
	 * never. If there is no instance, the next instance calls this method again.
	 */
	async deliver(): Promise<void> {
		await this.untilItMayEnd(this.signal);
		await this.actor.lifecycle.deployDone();
		const instance = instances().get(this.nodeId);
		if (!instance || !this.end || this.stopped !== undefined) return;
		if (this.#sent || this.#leavingBy === instance) return;
		this.#leavingBy = instance;
		const { node, RED } = instance.actor;
		// Ends the message as if it had arrived over a wire, so that Complete and Catch nodes are triggered.
		const exit = this.exit?.node === node ? this.exit : await receiveAgain(node, this.msg);
		if (!instance.isOpen() || this.#leavingBy !== instance) return;
		this.#sent = true;
		const { nodeStatus, ...failure } = ownEnd(this, this.end);
		instance.board.finish(this, nodeStatus);
		const next = nextNodes(instance.actor);
		const sent = finishMessage(exit, () => {
			if ('error' in failure) throw failure.error;
			return this.msg;
		});
		await nextTurn();
		// The runtime delivers the message one turn later. By then, a deploy or a stop may have closed the next node,
		// which gets nothing any more.
		const arrived = next.every(([id, receiver]) => RED.nodes.getNode(id) === receiver);
		if (sent === undefined || arrived) return this.drop();
		this.#sent = false;
		this.#leavingBy = undefined;
		this.exit = undefined;
		return this.deliver();
	}

	/** Ends the work silently: another process has continued it, and what that process left is resumed here. */
	giveWay(): void {
		this.stop('leave');
		instances().get(this.nodeId)?.board.drop(this);
		this.drop();
	}

	/** Forgets the work. */
	drop(): void {
		if (this.#dropped) return;
		this.#dropped = true;
		const ofNode = works().get(this.nodeId);
		ofNode?.delete(this);
		if (ofNode?.size === 0) works().delete(this.nodeId);
		this.actor.journal.ended(this.id);
		this.performer.onDrop?.();
	}

	async #seeThrough(): Promise<void> {
		await this.over;
		this.setSafe();
		if (this.stopped === undefined) return this.deliver();
		await this.#named;
		this.drop();
	}
}

/** Performs work that is a single action. */
class Acting implements Performer {
	readonly endsAtOnce = false;
	readonly #work: Work;

	constructor(work: Work) {
		this.#work = work;
	}

	get requestId(): unknown {
		return this.#work.msg['requestId'];
	}

	get isDropped(): boolean {
		const { error } = this.#work.end ?? {};
		return error !== undefined && toNodeError(error).code === 'aborted';
	}

	show(): void {
		this.#work.show(this.#work.shown);
	}

	onShow(state: Shown['state']): void {
		this.#work.show({ state });
	}

	onHeld(waitsForDisk: true | undefined): void {
		this.#work.show({ ...this.#work.shown, waitsForDisk });
	}
}

interface Risk {
	readonly over: Promise<void>;
	clear(): void;
}

function failed(error: unknown): WorkEnd {
	return { nodeStatus: errorStatus(error), error: toNodeError(error) };
}

/** The present instance of each node. */
const instances = perRuntime(() => new Map<string, Instance>());

/** Called when an instance of a node has been created. */
const cameBack = perRuntime(createListeners);

/** Resolves once the node is there. @throws the abort reason of `signal` */
export function untilThere(nodeId: string, signal: AbortSignal): Promise<void> {
	return cameBack().until(() => presentActor(nodeId) !== undefined, signal);
}

export function presentActor(nodeId: string): LastingActor | undefined {
	return instances().get(nodeId)?.actor;
}

/** How the message ends here. If another process has taken over the journal, that process sends the result. */
function ownEnd({ actor, id }: Work, end: WorkEnd): WorkEnd {
	try {
		actor.journal.delivering(id);
		return end;
	} catch (error) {
		return failed(error);
	}
}

/** The nodes connected to the first output, by id. */
function nextNodes({ RED, node }: LastingActor): Array<[string, Node | null]> {
	const { wires } = node as Node & { wires?: string[][] };
	return (wires?.[0] ?? []).map((id) => [id, RED.nodes.getNode(id)]);
}

/** The log text for a message that its node could not send before closing. */
function unsentText({ requestId, topic }: Sent, error?: unknown): string {
	const closed = 'The node was closed before it could';
	const { code, message }: Partial<NodeError> = error === undefined ? {} : toNodeError(error);
	if (typeof requestId !== 'string') {
		return withTopic(`${closed} send ${message ? `an error: ${message}` : 'its message'}`, topic);
	}
	if (code && endStatus(code) === 'canceled') {
		return withTopic(`${closed} say that request ${requestId} was canceled`, topic);
	}
	return `${withTopic(`${closed} send the message of request ${requestId}`, topic)}. ${FETCH_BY_ID}`;
}

interface Sent {
	requestId?: unknown;
	topic?: unknown;
}

/** The log text for the work of a node that is not there, and may come back. */
function awayText(works: readonly Work[]): string {
	const requests = works.filter(({ requestId }) => requestId !== undefined);
	const waiting = works.filter(({ requestId }) => requestId === undefined);
	const unkept = works.filter(({ id, actor }) => !actor.journal.keeps(id));
	const named = requests.map(({ requestId, msg }) => withTopic(String(requestId), msg.topic));
	const topics = waiting.map(({ msg }) => msg.topic);
	return [
		'The node is not in the flows that have started, and nothing is submitted for it until it is back.',
		...(named.length > 0 ? [`Its requests go on: ${named.join(', ')}.`] : []),
		...(topics.length > 0 ? [`Messages that wait: ${topics.length}${byTopic(topics)}.`] : []),
		...(unkept.length > 0 ? [`Kept in memory only, until Node-RED ends: ${unkept.length}.`] : []),
		'What is kept for it is given up after 30 days.',
	].join(' ');
}

/** The beginning of a log line about work that a closing node has ended. */
export const CLOSED: Readonly<Record<Closing, string>> = {
	delete: 'The node was deleted or disabled',
	shutdown: 'The flows were stopped',
};

/** Resolvers for messages that a node receives again. */
const returning = perRuntime(() => new WeakMap<NodeMessageInFlow, (exit: Exit) => void>());

/**
 * Lets a node receive a message again, as a new object: a hook may hold the new object back forever, and the original
 * message may come in by a wire in the meantime.
 */
function receiveAgain(node: Node, msg: NodeMessageInFlow): Promise<Exit> {
	// Copies property descriptors, because a getter may throw.
	const again = Object.create(
		Object.getPrototypeOf(msg) as object,
		Object.getOwnPropertyDescriptors(msg),
	) as NodeMessageInFlow;
	return new Promise((resolve) => {
		returning().set(again, resolve);
		node.receive(again);
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
		const [journal, lifecycle] = [openJournal(RED), watchLifecycle(RED.events)];
		const actor = { RED, node: this, def, journal, lifecycle };
		new Instance(actor, typeOf(actor));
	}

	RED.nodes.registerType(type, RunComfyNode);
}

/** One instance of a node. It accepts messages, and takes over the work of earlier instances and processes. */
class Instance {
	readonly actor: LastingActor;
	readonly board: StatusBoard;
	readonly #type: LastingType;
	/** Whether this instance has taken over the work of earlier instances. */
	#started = false;
	/**
	 * The topics of messages that arrive when no later instance could end them, and that are therefore not submitted.
	 * Undefined as long as messages are accepted.
	 */
	#refused: unknown[] | undefined;

	constructor(actor: LastingActor, type: LastingType) {
		const { RED, node, journal, lifecycle } = actor;
		this.actor = actor;
		this.board = new StatusBoard(RED, node);
		this.#type = type;
		instances().set(node.id, this);
		cameBack().call();
		onInput(node, (exit) => this.#take(exit));
		const stopListening = lifecycle.onStarted(() => {
			this.#started = true;
			this.#adopt();
		});
		const stopTakingOver = journal.onTakenOver(() => {
			inBackground(
				node,
				lifecycle.deployDone().then(() => this.isOpen() && this.#adopt()),
			);
		});
		node.on('close', (removed: boolean, done: () => void) => {
			stopListening();
			stopTakingOver();
			if (this.isOpen()) instances().delete(node.id);
			this.board.close();
			inBackground(node, this.#close(removed).finally(done));
		});
	}

	isOpen(): boolean {
		return instances().get(this.actor.node.id) === this;
	}

	show(work: Work): void {
		const own = this.#started || work.exit?.node === this.actor.node;
		const goes = !work.end || work.shown.waitsForDisk;
		if (own && goes && work.stopped === undefined) this.board.show(work, work.shown);
	}

	#take(exit: Exit): void {
		const back = returning().get(exit.msg);
		if (back) return back(exit);
		if (this.#refused) {
			this.#refused.push(exit.msg.topic);
			return;
		}
		const work = this.#type.begin(exit.msg);
		work.exit = exit;
		work.performer.show();
	}

	/** Takes over the work of earlier instances and processes. */
	#adopt(): void {
		const { node, journal } = this.actor;
		for (const work of worksOf(node.id)) {
			if (journal.isOutdated(work.id)) {
				work.giveWay();
				continue;
			}
			work.performer.show();
			if (work.end) inBackground(node, work.deliver());
		}
		this.#resume(({ waiting }) => waiting === undefined);
		// In all nodes, requests that RunComfy already has count toward the limit first.
		inBackground(
			node,
			Promise.resolve().then(() => this.#resume(() => true)),
		);
	}

	/** Resumes journal entries that no work of this process belongs to. */
	#resume(isDue: (entry: JournalEntry) => boolean): void {
		const { node, journal } = this.actor;
		const { resume } = this.#type;
		if (!resume) return;
		const present = new Set(worksOf(node.id).map(({ id }) => id));
		for (const entry of journal.live(node.id)) {
			if (present.has(entry.job) || !isDue(entry)) continue;
			const work = resume(entry);
			work.performer.show();
		}
	}

	#close(removed: boolean): Promise<void> {
		const { node, lifecycle } = this.actor;
		if (removed) return this.#stopWorks('delete');
		const isStop = lifecycle.isStopping();
		if (!isStop || this.#type.fateOf('shutdown') === 'keep') {
			// The runtime does not report that a node in a subflow is deleted, or a node that is removed while the flows are
			// stopped. No instance follows in these cases.
			const stop = lifecycle.onStarted(() => {
				stop();
				if (instances().has(node.id)) return;
				if (lifecycle.removes()) inBackground(node, this.#stopWorks('delete'));
				else this.#keepAway();
			});
		}
		return isStop ? this.#stopWorks('shutdown') : Promise.resolve();
	}

	/** Keeps the work of a node that is not in the present project or branch, and may come back. */
	#keepAway(): void {
		const { node, journal } = this.actor;
		const works = worksOf(node.id);
		if (works.length === 0) return;
		this.#warn(awayText(works));
		for (const work of works) {
			journal.leave(work.id, () => {
				work.stop('leave');
				work.drop();
			});
		}
	}

	async #stopWorks(closing: Closing): Promise<void> {
		const { node, journal } = this.actor;
		const fate = this.#type.fateOf(closing);
		if (fate === 'keep') {
			return endedInTime(worksOf(node.id).flatMap(({ atRisk }) => atRisk?.over ?? []));
		}
		this.#refused ??= [];
		// After this turn, it is known whether the last message has arrived.
		await nextTurn();
		const stopped = worksOf(node.id).filter((work) => this.#type.fateOf(closing, work) !== 'keep');
		const going = stopped.filter(({ end }) => !end);
		const ids = fate === 'cancel' ? going.map(({ id }) => id) : [];
		const stored = journal.canceled(ids, 'left');
		let told = () => undefined as void;
		const named = new Promise<void>((resolve) => {
			told = resolve;
		});
		for (const work of stopped) {
			work.stop(fate, named);
			if (!work.end) continue;
			const { requestId } = work.end.nodeStatus;
			this.#warn(unsentText({ requestId, topic: work.msg.topic }, work.end.error));
			work.drop();
		}
		await endedInTime([stored, ...going.map(({ over }) => over)]);
		this.#type.onStopped?.(going);
		const topics = this.#refused.splice(0);
		for (const { performer, requestId, msg } of going) {
			if (!performer.isDropped) continue;
			if (requestId === undefined) topics.push(msg.topic);
			else this.#warn(unsentText({ requestId, topic: msg.topic }));
		}
		if (topics.length > 0) this.#warn(`${CLOSED[closing]}: ${droppedText(topics)}`);
		told();
	}

	/** Logs a text that no flow hears of. Redacted, because a topic may hold anything. */
	#warn(text: string): void {
		this.actor.node.warn(conceal(text, allSecrets()));
	}
}
