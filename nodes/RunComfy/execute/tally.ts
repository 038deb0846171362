import type { INodeExecutionData } from 'n8n-workflow';
import type { SettledItem } from '../session/entry';
import type { Ledger } from '../session/ledger';

/** What the items of this try have come to. */
export class Tally {
	/** The output or error of each item that has one. */
	readonly settled: Map<number, SettledItem>;
	/** The first failure by time, or of an earlier part of the try. */
	failure: { index: number; error: unknown } | undefined;

	constructor(
		private readonly ledger: Ledger,
		private readonly stopAtFailure: boolean,
	) {
		this.settled = new Map(ledger.settled);
		for (const [index, one] of this.settled) if (!one.ok) this.failure ??= { index, ...one };
	}

	/** Whether an item has failed, and On Error stops the node: nothing more is submitted or downloaded. */
	get hasFailed(): boolean {
		return this.stopAtFailure && this.failure !== undefined;
	}

	succeed(index: number, value: INodeExecutionData[]): void {
		this.settled.set(index, { ok: true, value });
	}

	fail(index: number, error: unknown): void {
		this.ledger.fail(index, error);
		this.settled.set(index, { ok: false, error });
		this.failure ??= { index, error };
	}
}
