import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import type { Accepted } from '../session/ledger';
import type { RunSession } from '../session/session';

/** One operation of one resource: its own file, named as its value. */
export interface Operation {
	/** Its fields, without display options: the resource adds them. */
	description: INodeProperties[];
	/**
	 * Reads and checks the parameters of one item. All items are read before anything is sent, so
	 * that a mistake in the last one does not show after the first ones were paid for.
	 * @throws RunComfyError
	 */
	execute(context: IExecuteFunctions, itemIndex: number): Work | Checked;
	/**
	 * Takes up what an earlier try of the node has submitted for the item, in the place of `execute`.
	 * @throws RunComfyError
	 */
	resume?(context: IExecuteFunctions, itemIndex: number, earlier: Accepted): Work;
	/** Set where items may change the same thing: one after another, in their order. */
	inTurn?: true;
}

/** The work of one item: what comes out of it, paired with it by the router. */
export type Work = (session: RunSession) => Promise<INodeExecutionData[]>;

/** Work that is checked against the account first, for all items before the first one is done. */
export interface Checked {
	/** Costs nothing. @throws RunComfyError */
	check(session: RunSession): Promise<Work>;
}

export interface Resource {
	description: INodeProperties[];
	operations: Record<string, Operation>;
}
