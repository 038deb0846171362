import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import type { JournalEntry } from '../journal/journal.cjs';
import type { ActionDef } from './action.cjs';
import { endedInTime, endMessage, inBackground, nextTurn, onInput } from './handler.cjs';
import { watchLifecycle } from './lifecycle.cjs';
import { createStatusBoard } from './status.cjs';
import {
	deliver,
	dropWork,
	type Instance,
	instances,
	type LastingActor,
	returning,
	type StopMode,
	stopWork,
	toLasting,
	unsentText,
	type Work,
	worksOf,
} from './work.cjs';

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

/** Wires one instance: input, the works of earlier instances and processes, and closing. */
export function liveAs(actor: LastingActor, type: LastingType): Pick<Instance, 'board' | 'isOpen'> {
	const { RED, node, journal, lifecycle } = actor;
	const board = createStatusBoard(RED, node);
	let started = false;
	/** Whether no instance follows that would end what comes in now: nothing is paid for any more. */
	let refuses = false;

	const instance: Instance = {
		actor,
		board,
		isOpen: () => instances().get(node.id) === instance,
		show(work) {
			const own = started || work.exit?.node === node;
			if (own && !work.end && work.stopped === undefined) board.show(work, work.shown);
		},
		adopt() {
			const known = worksOf(node.id);
			for (const work of known) {
				takeOver(work);
				if (work.end) inBackground(node, deliver(work));
			}
			const ids = new Set(known.map(({ id }) => id));
			for (const entry of underWayFirst(journal.live(node.id) ?? [])) {
				if (ids.has(entry.job)) continue;
				const work = type.resume(entry);
				if (work) takeOver(work);
				else journal.ended(entry.job);
			}
		},
	};
	const takeOver = (work: Work) => {
		instance.show(work);
		work.hooks.onAdopted?.(work);
	};
	instances().set(node.id, instance);

	onInput(node, async (exit) => {
		const back = returning().get(exit.msg)?.shift();
		if (back) return back(exit);
		if (refuses) return;
		let failure: { error: unknown } | undefined;
		try {
			const work = type.begin(exit.msg);
			if (work) {
				work.exit = exit;
				return takeOver(work);
			}
		} catch (error) {
			failure = { error };
		}
		await lifecycle.settled();
		if (!instance.isOpen()) return;
		endMessage(exit, () => {
			if (failure) throw failure.error;
			return undefined;
		});
	});
	const stopListening = lifecycle.onStarted(() => {
		started = true;
		instance.adopt();
		type.onStarted?.();
	});
	const stopTakingOver = journal.onTakenOver(() => {
		inBackground(
			node,
			lifecycle.settled().then(() => instance.isOpen() && instance.adopt()),
		);
	});

	const stopWorks = async (closing: Closing) => {
		const fate = type.fateOf(closing);
		refuses = fate !== 'keep';
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
		type.onStopped?.(going, closing, fate);
	};

	const close = (removed: boolean) => {
		const closing = removed ? 'delete' : lifecycle.endsNow() ? 'shutdown' : 'redeploy';
		if (closing !== 'delete' && type.fateOf(closing) === 'keep') {
			// Of a node in a subflow, or of one that goes while the flows are stopped, the runtime does not say that it
			// is deleted: no instance follows it then.
			const stop = lifecycle.onStarted(() => {
				stop();
				if (!instances().has(node.id)) void stopWorks('delete');
			});
		}
		return stopWorks(closing);
	};

	node.on('close', (removed: boolean, done: () => void) => {
		stopListening();
		stopTakingOver?.();
		if (instance.isOpen()) instances().delete(node.id);
		board.close();
		type.onClose?.();
		inBackground(node, close(removed).finally(done));
	});

	return instance;
}

/** What RunComfy has already takes its room before anything that waited is let in. */
function underWayFirst(entries: readonly JournalEntry[]): JournalEntry[] {
	const waits = ({ waiting }: JournalEntry) => Number(waiting !== undefined);
	return [...entries].sort((one, other) => waits(one) - waits(other));
}
