import type { IExecuteFunctions } from 'n8n-workflow';
import type { Host } from '../../../core';
import type { Ledger } from '../session/ledger';
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
	/** Undefined if this n8n gives a retry no token of its execution (2.8). */
	private readonly token: string | undefined;
	private host: Host | undefined;
	private names: readonly string[] = [];
	private isDue = false;
	private isWritten = false;
	private found: Promise<boolean> | undefined;

	constructor(context: IExecuteFunctions) {
		this.list = seenListOf(context);
		this.token = resumeTokenOf(context);
	}

	begin(host: Host, ledger: Ledger): void {
		const { token } = this;
		if (token === undefined) return;
		this.host = host;
		const { runKey, parkedBefore } = ledger;
		this.names = [`runcomfy run ${token} ${runKey} ${parkedBefore?.id ?? ''}`];
		if (ledger.hasUnstored) this.accepted();
	}

	/** RunComfy has accepted a request. */
	accepted(): void {
		if (!this.host || this.isDue) return;
		this.isDue = true;
		void this.write(this.host).catch(() => undefined);
	}

	/** Whether an earlier process has left it. If not, it is written: n8n cannot only be asked. */
	async isFound(): Promise<boolean> {
		if (!this.host) return false;
		this.isWritten = true;
		return (this.found ??= this.list.add(this.names).then(({ length }) => length === 0));
	}

	/** The try has ended, however: nothing is lost with this process any more. */
	end(): void {
		this.over.abort();
		if (this.host && this.isWritten) void this.takeOut(this.host);
	}

	private async write(host: Host): Promise<void> {
		const { signal } = this.over;
		await host.sleep(STORED_MS, signal);
		this.isWritten = true;
		await keepNoted(this.list, this.names, host, signal);
	}

	private async takeOut(host: Host): Promise<void> {
		await this.list.remove(this.names);
		await host.sleep(AGAIN_MS);
		await this.list.remove(this.names);
	}
}
