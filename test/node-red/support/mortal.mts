// A Node-RED whose process ends while it works. In fact its work stays in memory, but it reaches neither the service
// nor a file, nor the flows of the next process.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, HttpResponse } from '../../../core/index.ts';
import type * as JournalModule from '../../../node-red/runtime/journal/journal.cts';
import type * as RuntimeModule from '../../../node-red/runtime/runtime.cts';
import { abortError } from '../../support/virtualClock.mts';
import { dist } from './dist.mts';
import { type TestFlow, turns } from './rig.mts';

const { startFreshRuntime } = dist<typeof RuntimeModule>('node-red/runtime/runtime.cjs');
const { JOURNAL_FILE } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');

/** In so many turns of the event loop, everything ends that needs neither a host nor a start of the flows. */
const TURNS = 10;

/** Higher than any process id of Linux. */
const NOBODY = '4194305';

interface Life {
	over: boolean;
}

/** Kills the process so many turns of the event loop after the answer to the nth call of a path. */
export interface Moment {
	path: string;
	nth: number;
	turns: number;
}

export interface Mortal {
	/** To be passed to the flow as its options. */
	hostOf(host: Host): Host;
	/** What the journal says now. */
	journal(): string;
	/** Kills the process: only the files of its user directory stay, as they are at that moment. */
	kill(): void;
	/** Kills it at a moment, if that comes in time. @returns whether it did */
	killAt(moment: Moment, inTime: Promise<void>): Promise<boolean>;
	/** Starts the next process after a kill. */
	revive(flow: TestFlow, fields: Record<string, unknown>): Promise<void>;
	/** Stops the process properly, and starts the next one. */
	restart(
		flow: Pick<TestFlow, 'restart'>,
		fields: Record<string, unknown>,
		between?: () => void | Promise<void>,
	): Promise<void>;
}

interface MortalOptions {
	userDir: string;
	/** Makes lists of what is heard of the flows, which take in nothing after a kill. */
	heard: () => unknown[][];
	/** Called at each end, with what the journal contains then. */
	onEnd?(journal: string): void;
}

export function createMortal({ userDir, heard, onEnd }: MortalOptions): Mortal {
	let life: Life = { over: false };
	let left = { files: new Map<string, Buffer>(), lengths: [] as number[] };
	let answered = (_path: string) => undefined as void;

	const journal = () => readFileSync(join(userDir, JOURNAL_FILE), 'utf8');

	const kill = () => {
		life.over = true;
		const files = new Map(
			filesIn(userDir).map((name) => [name, readFileSync(join(userDir, name))]),
		);
		left = { files, lengths: heard().map(({ length }) => length) };
		onEnd?.(journal());
	};

	const putBack = () => {
		for (const name of filesIn(userDir)) rmSync(join(userDir, name));
		for (const [name, bytes] of left.files) {
			const text = String(bytes);
			const isLock = name.endsWith('.lock');
			writeFileSync(join(userDir, name), isLock ? text.replace(/^\d+/, NOBODY) : text);
		}
		heard().forEach((list, at) => list.splice(left.lengths[at] ?? 0));
	};

	return {
		journal,
		kill,
		hostOf(host) {
			const own = life;
			return {
				...host,
				sleep: (ms, signal) => unlessOver(own, host.sleep(ms, signal), signal),
				async request(request) {
					if (own.over) return never(request.signal);
					const answer = host.request(request);
					await answer.catch(() => undefined);
					if (!own.over) answered(new URL(request.url).pathname);
					const { stream, ...response } = await unlessOver(own, answer, request.signal, drop);
					return stream ? { ...response, stream: streamOf(own, stream) } : response;
				},
			};
		},
		async killAt({ path, nth, turns: count }, inTime) {
			let calls = 0;
			const come = new Promise<true>((resolve) => {
				answered = (called) => {
					calls += Number(called.endsWith(path));
					if (calls >= nth) resolve(true);
				};
			});
			const comes = await Promise.race([come, inTime.then(() => false)]);
			answered = () => undefined;
			if (!comes) return false;
			await turns(count);
			kill();
			return true;
		},
		async revive(flow, fields) {
			await turns(TURNS);
			// The flows that stop now must have nothing to stop, as if they did not exist.
			startFreshRuntime();
			await flow.restart(fields, () => {
				putBack();
				life = { over: false };
			});
		},
		async restart(flow, fields, between) {
			await flow.restart(fields, async () => {
				life.over = true;
				await turns(TURNS);
				// Closes the journal as an exit does.
				startFreshRuntime();
				kill();
				putBack();
				await between?.();
				life = { over: false };
			});
		},
	};
}

/** The result of work; nothing once the process has ended, unless the flows are just stopping. */
async function unlessOver<T>(
	life: Life,
	work: Promise<T>,
	signal: AbortSignal | undefined,
	drop: (unheard: T) => void = () => undefined,
): Promise<T> {
	await work.catch(() => undefined);
	if (!life.over || signal?.aborted) return work;
	void work.then(drop, () => undefined);
	return never(signal);
}

function filesIn(directory: string): string[] {
	const entries = readdirSync(directory, { withFileTypes: true });
	return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

function never(signal: AbortSignal | undefined): Promise<never> {
	return new Promise((_resolve, reject) => {
		const stop = () => reject(abortError());
		if (signal?.aborted) stop();
		signal?.addEventListener('abort', stop, { once: true });
	});
}

function streamOf(life: Life, stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
	return {
		[Symbol.asyncIterator]() {
			const source = stream[Symbol.asyncIterator]();
			const end = async () => (await source.return?.()) ?? { done: true, value: undefined };
			return {
				async next() {
					const step = source.next();
					await step.catch(() => undefined);
					if (!life.over) return step;
					await end();
					return never(undefined);
				},
				return: end,
			};
		},
	};
}

function drop({ stream }: HttpResponse): void {
	void stream?.[Symbol.asyncIterator]().return?.();
}
