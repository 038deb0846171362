// Runs the core over real HTTP against a simulator.
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { download } from '../../core/files/download';
import {
	type Client,
	createClient,
	type Host,
	type HttpRequest,
	type HttpResponse,
	type OutputFile,
	type RequestRef,
	type RunComfyError,
	type SubmitInput,
} from '../../core/index';
import type * as Library from '../../simulator/index.ts';
import type { Ran } from '../support/pursued.mts';
import { createVirtualClock, EPOCH, type VirtualClock } from '../support/virtualClock.mts';

const { createSimulator } = createRequire(import.meta.url)(
	'../../dist/simulator/index.js',
) as typeof Library;

type Simulator = Library.Simulator;
export type Fault = Library.Fault;
export const { FAULT_TABLE } = createRequire(import.meta.url)(
	'../../dist/simulator/index.js',
) as typeof Library;

export interface Rig {
	sim: Simulator;
	clock: VirtualClock;
	client: Client;
	/** The bytes of one output. */
	fetchFile(ref: RequestRef, file: OutputFile): Promise<Uint8Array>;
}

/** The minimum inputs of each kind of target. */
export const INPUTS = {
	'a deployment': ({ sim }) => ({ deploymentId: sim.deploymentIds.textToImage }),
	'a LoRA deployment': ({ sim }) => ({
		deploymentId: sim.deploymentIds.lora,
		inputs: { prompt: 'a fox' },
	}),
	'a hosted model': ({ sim }) => ({
		modelId: sim.modelIds.textToImage,
		inputs: { prompt: 'a fox', seed: 7 },
	}),
} satisfies Record<string, (rig: Rig) => SubmitInput>;

export const KINDS = Object.entries(INPUTS);

const open: Simulator[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map((sim) => sim.close()));
});

/** Starts the core and a simulator, connected by real HTTP, on a shared virtual clock. Closed after the test. */
export async function start(options: Library.SimulatorOptions = {}): Promise<Rig> {
	const clock = createVirtualClock();
	const sim = await createSimulator({ ...options, now: () => clock.now() });
	open.push(sim);
	const host = createFetchHost(sim, clock);
	const client = createClient({ host, baseUrl: sim.url });
	return {
		sim,
		clock,
		client,
		fetchFile: async (ref, file) => {
			const { value } = await download(client, ref, file, {
				save: async (stream) => {
					const chunks: Uint8Array[] = [];
					for await (const chunk of stream) chunks.push(chunk);
					const value = new Uint8Array(Buffer.concat(chunks));
					return { bytes: value.length, value };
				},
			});
			return value;
		},
	};
}

export type Ended = { result?: Ran; error?: RunComfyError };

export const endOf = (running: Promise<Ran>): Promise<Ended> =>
	running.then(
		(result) => ({ result }),
		(error: RunComfyError) => ({ error }),
	);

/**
 * A host over the global `fetch`. Its clock stands still while data is being transferred and otherwise jumps to the
 * next sleeper, so minutes of polling a real server pass at once. If the server stays silent, the call's time limit
 * passes at once, too.
 */
function createFetchHost(sim: Simulator, clock: VirtualClock): Host {
	const { token } = sim;
	return {
		now: () => clock.now(),
		monotonic: () => clock.now() - EPOCH,
		toBase64: (bytes) => Buffer.from(bytes).toString('base64'),
		sleep: (ms, signal) => clock.sleep(ms, signal),
		secrets: [token],
		async request(request) {
			const silence = new AbortController();
			const answered = new AbortController();
			void watchForSilence(request, sim, answered.signal).then(
				(silent) => silent && silence.abort(),
			);
			try {
				return await clock.holdFor(exchange(request, token, clock, silence.signal));
			} catch (error) {
				if (!silence.signal.aborted || request.signal?.aborted) throw error;
				await clock.sleep(request.timeoutMs, request.signal);
				throw Object.assign(new Error('No answer in time'), { code: 'ETIMEDOUT' });
			} finally {
				answered.abort();
			}
		},
	};
}

/** Resolves to true as soon as the simulator has received the call and will never answer. */
async function watchForSilence(
	{ url }: HttpRequest,
	{ requests }: Simulator,
	answered: AbortSignal,
): Promise<boolean> {
	const since = requests.length;
	const { pathname, search } = new URL(url);
	while (!answered.aborted) {
		const taken = requests.slice(since).filter(({ path }) => path === pathname + search);
		if (taken.some(({ faults }) => faults.includes('stall'))) return true;
		await delay(5);
	}
	return false;
}

async function exchange(
	request: HttpRequest,
	token: string,
	clock: VirtualClock,
	silence: AbortSignal,
): Promise<HttpResponse> {
	const { method, url, headers, body, authenticate, signal } = request;
	const response = await fetch(url, {
		method,
		headers: { ...headers, ...(authenticate ? { authorization: `Bearer ${token}` } : {}) },
		redirect: authenticate ? 'manual' : 'follow',
		signal: AbortSignal.any([silence, ...(signal ? [signal] : [])]),
		...(body === undefined ? {} : { body: body as BodyInit, duplex: 'half' }),
	});
	const headersBack: Record<string, string> = {};
	response.headers.forEach((value, name) => (headersBack[name] = value));
	const answer = { status: response.status, headers: headersBack };
	return request.expect === 'text'
		? { ...answer, body: await response.text() }
		: { ...answer, stream: held(response.body, clock) };
}

/** Passes on the bytes, with the clock stopped while it waits for them. */
async function* held(
	body: ReadableStream<Uint8Array> | null,
	clock: VirtualClock,
): AsyncGenerator<Uint8Array> {
	if (!body) return;
	const reader = body.getReader();
	try {
		for (;;) {
			const step = await clock.holdFor(reader.read());
			if (step.done) return;
			yield step.value;
		}
	} finally {
		await reader.cancel().catch(() => undefined);
	}
}
