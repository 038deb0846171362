// A Node-RED whose process can be killed. In fact its work stays in memory, but reaches neither the service nor a file,
// nor the flows of the next process.
import type { Host } from '../../../core/index.ts';
import type * as RuntimeModule from '../../../node-red/runtime/runtime.ts';
import { exactTurns } from '../../support/eventLoop.mts';
import { abortError } from '../../support/virtualClock.mts';
import { dist } from './dist.mts';
import { filesIn, type Kept, keptIn, type TestFlow, turns, writeFilesIn } from './rig.mts';

const { startFreshRuntime } = dist<typeof RuntimeModule>('node-red/runtime/runtime.js');

/** Turns of the event loop after which everything has ended that needs neither a host nor a start of the flows. */
const TURNS = 10;

interface Life {
	over: boolean;
}

/** Kills the process this many turns of the event loop after the answer to the nth call of a path. */
export interface Moment {
	path: string;
	nth: number;
	turns: number;
}

interface MortalOptions {
	userDir: string;
	/** Creates lists of events from the flows, which record nothing after a kill. */
	heard: () => unknown[][];
	/** Called at each end, with what is on the disk. */
	onEnd?(left: readonly Kept[]): void;
}

export class Mortal {
	readonly #options: MortalOptions;
	#life: Life = { over: false };
	#left = { files: new Map<string, string>(), lengths: [] as number[] };
	#answered = (_path: string) => undefined as void;

	constructor(options: MortalOptions) {
		this.#options = options;
	}

	/** What is on the disk. */
	kept(): Kept[] {
		return keptIn(filesIn(this.#options.userDir));
	}

	/** Pass this to the flow as its options. */
	hostOf(host: Host): Host {
		const life = this.#life;
		return {
			...host,
			sleep: (ms, signal) => unlessOver(life, host.sleep(ms, signal), signal),
			request: async (request) => {
				if (life.over) return never(request.signal);
				const answer = host.request(request);
				await answer.catch(() => undefined);
				if (!life.over) this.#answered(new URL(request.url).pathname);
				const { stream, ...response } = await unlessOver(life, answer, request.signal, (unheard) =>
					unheard.stream?.[Symbol.asyncIterator]().return?.(),
				);
				return stream ? { ...response, stream: streamOf(life, stream) } : response;
			},
		};
	}

	/** Kills the process: only the files of its user directory are kept, in their current state. */
	kill(): void {
		const { userDir, heard, onEnd } = this.#options;
		this.#life.over = true;
		this.#left = { files: filesIn(userDir), lengths: heard().map(({ length }) => length) };
		onEnd?.(this.kept());
	}

	/** Kills the process at a moment, if that comes in time. @returns whether it did */
	async killAt({ path, nth, turns: count }: Moment, inTime: Promise<void>): Promise<boolean> {
		let calls = 0;
		const come = new Promise<true>((resolve) => {
			this.#answered = (called) => {
				calls += Number(called.endsWith(path));
				if (calls >= nth) resolve(true);
			};
		});
		const comes = await Promise.race([come, inTime.then(() => false)]);
		this.#answered = () => undefined;
		if (!comes) return false;
		await exactTurns(count);
		this.kill();
		return true;
	}

	/** Starts the next process after a kill. */
	async revive(flow: Pick<TestFlow, 'restart'>, fields: Record<string, unknown>): Promise<void> {
		await this.#untilQuiet();
		// The flows that stop now must have nothing to stop, as if they did not exist.
		startFreshRuntime();
		await flow.restart(fields, () => this.#begin());
	}

	/** Stops the process properly, and starts the next one. */
	async restart(
		flow: Pick<TestFlow, 'restart'>,
		fields: Record<string, unknown>,
		between?: () => void | Promise<void>,
	): Promise<void> {
		await flow.restart(fields, async () => {
			this.#life.over = true;
			await this.#untilQuiet();
			startFreshRuntime();
			this.kill();
			await between?.();
			this.#begin();
		});
	}

	/** Resolves once nothing of this life is on its way to the disk: it would reach the next life. */
	async #untilQuiet(): Promise<void> {
		const written = () => JSON.stringify([...filesIn(this.#options.userDir)]);
		for (let before; before !== written(); ) {
			before = written();
			await turns(TURNS);
		}
	}

	/** Begins the next life with the files of the last one. */
	#begin(): void {
		const { userDir, heard } = this.#options;
		writeFilesIn(userDir, this.#left.files);
		heard().forEach((list, at) => list.splice(this.#left.lengths[at] ?? 0));
		this.#life = { over: false };
	}
}

/** The result of work; never resolves after the end of the process, unless the flows are just stopping. */
async function unlessOver<T>(
	life: Life,
	work: Promise<T>,
	signal: AbortSignal | undefined,
	drop: (unheard: T) => unknown = () => undefined,
): Promise<T> {
	await work.catch(() => undefined);
	if (!life.over || signal?.aborted) return work;
	void work.then(drop, () => undefined);
	return never(signal);
}

function never(signal: AbortSignal | undefined): Promise<never> {
	return new Promise((_resolve, reject) => {
		const stop = () => reject(abortError());
		if (signal?.aborted) stop();
		signal?.addEventListener('abort', stop, { once: true });
	});
}

function streamOf(life: Life, stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
	const source = stream[Symbol.asyncIterator]();
	const end = async () => (await source.return?.()) ?? { done: true, value: undefined };
	return {
		[Symbol.asyncIterator]: () => ({
			next: () => unlessOver(life, source.next(), undefined, end),
			return: end,
		}),
	};
}
