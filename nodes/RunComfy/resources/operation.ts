import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';
import type { Item } from '../parameters/options';
import type { PaidEntry } from '../session/ledger';
import type { RunSession } from '../session/session';

/**
 * One operation of one resource. The node reads all items, then checks all of them, then runs them, so
 * that you see a mistake in the last one before you pay for the first.
 */
export interface Operation<Parameters = unknown, Checked = Parameters> {
	option: { name: string; action: string; description: string };
	/** Its fields. The resource adds when they show. */
	description: INodeProperties[];
	/** Set if items may change the same thing: they run one after another, in their order. */
	inTurn?: true;
	/** The default of Cancel on Stop: true if absent. */
	cancelsOnStop?: false;
	/** Reads the parameters of one item. Makes no call. @throws RunComfyError */
	read(item: Item): Parameters;
	/** Compares the parameters with the account. Costs nothing. @throws RunComfyError */
	check?(parameters: Parameters, item: Item, session: RunSession): Promise<Checked>;
	/** The items that come out; the router pairs them with the one that came in. @throws RunComfyError */
	run(checked: Checked, item: Item, session: RunSession): Promise<INodeExecutionData[]>;
	/** Replaces all three if an earlier try of the node has submitted the item. @throws RunComfyError */
	resume?(earlier: PaidEntry, item: Item, session: RunSession): Promise<INodeExecutionData[]>;
}
