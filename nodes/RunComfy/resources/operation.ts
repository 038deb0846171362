import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';
import type { Item } from '../parameters/item';
import type { Accepted } from '../session/entries';
import type { RunSession } from '../session/session';

/**
 * One operation of one resource: its own file, named as its value. All items are read, then all are
 * checked, then they are run, so that a mistake in the last one shows before the first is paid for.
 */
export interface Operation<Parameters = unknown, Checked = Parameters> {
	/** What users choose it by. */
	option: { name: string; action: string; description: string };
	/** Its fields, without display options: the resource adds them. */
	description: INodeProperties[];
	/** Set where items may change the same thing: one after another, in their order. */
	inTurn?: true;
	/** What Cancel on Stop is where the user has not set it: true where absent. */
	cancelsOnStop?: false;
	/** The parameters of one item. Sends nothing. @throws RunComfyError */
	read(item: Item): Parameters;
	/** Compares the parameters with the account. Costs nothing. @throws RunComfyError */
	check?(parameters: Parameters, item: Item, session: RunSession): Promise<Checked>;
	/** What comes out; the router pairs it with the item. @throws RunComfyError */
	run(checked: Checked, item: Item, session: RunSession): Promise<INodeExecutionData[]>;
	/** In the place of all three: goes on with what an earlier try of the node has submitted. */
	resume?(earlier: Accepted, item: Item, session: RunSession): Promise<INodeExecutionData[]>;
}
