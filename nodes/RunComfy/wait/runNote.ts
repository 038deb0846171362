import type { IExecuteFunctions } from 'n8n-workflow';
import type { Ledger } from '../session/ledger';
import { CLOCK } from '../transport/host';
import { keepNoted } from './pickedUp';
import { resumeTokenOf } from './reentry';
import { type SeenList, seenListOf } from './seenList';

/** Milliseconds from the first acceptance of a try: by then, n8n has mostly stored the execution. */
const STORED_MS = 1_000;

/** Milliseconds after which a note is taken out once more: another process may have written it back. */
const AGAIN_MS = 2_000;

/**
 * Tells a later process that requests of this run may be stored nowhere. Until n8n has stored the execution, only its
 * log has their ids. If it is killed meanwhile, a retry begins with the data that this try began with, and would
 * submit everything again. Nobody else begins with that data: it is told by its token, the run, and the park.
 */
export class RunNote {
	private readonly over = new AbortController();
	private readonly list: SeenList;
	/** None if this n8n gives a retry no token of its execution (2.8). */
	private readonly names: readonly string[];
	private isDue = false;
	private isWritten = false;
	private found: Promise<boolean> | undefined;

	constructor(context: IExecuteFunctions, { runKey, parkedBefore, hasUnstored }: Ledger) {
		this.list = seenListOf(context);
		const token = resumeTokenOf(context);
		this.names = token ? [`runcomfy run ${token} ${runKey} ${parkedBefore?.id ?? ''}`] : [];
		if (hasUnstored) this.accepted();
	}

	/** RunComfy has accepted a request. */
	accepted(): void {
		if (this.isDue || this.names.length === 0) return;
		this.isDue = true;
		void this.write().catch(() => undefined);
	}

	/** Whether an earlier process has left it. If not, it is written: n8n cannot only be asked. */
	async isFound(): Promise<boolean> {
		if (this.names.length === 0) return false;
		this.isWritten = true;
		return (this.found ??= this.list.add(this.names).then(({ length }) => length === 0));
	}

	/** The try has ended, however: nothing is lost with this process any more. */
	end(): void {
		this.over.abort();
		if (this.isWritten) void this.takeOut();
	}

	private async write(): Promise<void> {
		const { signal } = this.over;
		await CLOCK.sleep(STORED_MS, signal);
		this.isWritten = true;
		await keepNoted(this.list, this.names, CLOCK, signal);
	}

	private async takeOut(): Promise<void> {
		await this.list.remove(this.names);
		await CLOCK.sleep(AGAIN_MS);
		await this.list.remove(this.names);
	}
}
