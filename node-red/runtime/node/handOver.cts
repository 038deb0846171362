import type { Node, NodeAPI } from 'node-red';
import { arrives } from './arrival.cjs';
import type { Job } from './jobs.cjs';

/** One message's work that outlives the instances of its node: whichever is there ends it. */
export interface Lasting {
	readonly job: Job;
	/** The instance that will end the message. */
	holder: symbol;
	/** Whether the message has ended, so that only its arrival is waited for. */
	ended: boolean;
}

/** What takes over the work of a node that nobody holds: its present instance's. */
const adopters = new Map<string, () => void>();

const NOBODY = Symbol('nobody');

/** To be called by each instance. @returns a function that takes it back */
export function setAdopter(nodeId: string, adopt: () => void): () => void {
	adopters.set(nodeId, adopt);
	return () => {
		if (adopters.get(nodeId) === adopt) adopters.delete(nodeId);
	};
}

/** Whether a node has an instance. */
export function hasAdopter(nodeId: string): boolean {
	return adopters.has(nodeId);
}

interface HandOver {
	RED: NodeAPI;
	/** The instance that has ended the message. */
	node: Node;
	/** Sends the message again; absent where nothing was sent. */
	resend: (() => void) | undefined;
	settled: () => Promise<void>;
	isClosed: () => boolean;
	/** Whether nobody waits for the message any more. */
	isUnwanted: () => boolean;
	/** Called once the next nodes have got the message. */
	forget: () => void;
}

/**
 * To be called when a message has ended. Its work is forgotten once the next nodes have got it: a
 * process that ends in between gives it once more rather than never. What got lost on its way is
 * sent again, by the instance that is there then.
 */
export async function handOver(work: Lasting, how: HandOver): Promise<void> {
	const { RED, node, resend, settled, isClosed, isUnwanted, forget } = how;
	work.ended = true;
	while (!(await arrives(RED, node)) && resend && !isUnwanted()) {
		await settled();
		if (isUnwanted()) break;
		if (isClosed()) return offer(work);
		resend();
	}
	forget();
}

function offer(work: Lasting): void {
	work.ended = false;
	work.holder = NOBODY;
	adopters.get(work.job.nodeId)?.();
}
