// The core over real HTTP to a simulator.
import { createRequire } from 'node:module';
import { afterEach } from '@jest/globals';
import {
	type Client,
	createClient,
	type OutputFile,
	type RequestRef,
	type SubmitInput,
} from '../../core/index';
import { type DeploymentRef, download, type RequestIds } from '../../core/parsers';
import type * as Library from '../../simulator/index.cts';
import { createVirtualClock, type VirtualClock } from '../support/virtualClock.mts';
import { createFetchHost } from './fetchHost.mts';

const { createSimulator } = createRequire(import.meta.url)(
	'../../dist/simulator/index.cjs',
) as typeof Library;

type Simulator = Library.Simulator;
export type Fault = Library.Fault;
export const { FAULT_TABLE } = createRequire(import.meta.url)(
	'../../dist/simulator/index.cjs',
) as typeof Library;

export interface Rig {
	sim: Simulator;
	clock: VirtualClock;
	client: Client;
	/** The bytes of one output. */
	fetchFile(ref: RequestRef, file: OutputFile): Promise<Uint8Array>;
}

/** The fewest inputs that each kind of target takes. */
export const INPUTS = {
	'a deployment': ({ sim }) => ({ deploymentId: sim.deploymentIds.textToImage }),
	'a LoRA deployment': ({ sim }) => ({
		deploymentId: sim.deploymentIds.lora,
		inputs: { prompt: 'a fox' },
	}),
	'a hosted model': ({ sim }) => ({
		service: 'model',
		modelId: sim.modelIds.textToImage,
		inputs: { prompt: 'a fox', seed: 7 },
	}),
} satisfies Record<string, (rig: Rig) => SubmitInput>;

export const KINDS = Object.entries(INPUTS);

export interface RigOptions extends Library.SimulatorOptions {
	apiVersion?: string;
	/** What the client sends; the simulator's own token by default. */
	clientToken?: string;
}

const open: Simulator[] = [];
afterEach(async () => {
	await Promise.all(open.splice(0).map((sim) => sim.close()));
});

/** The core over real HTTP to a simulator, both on one virtual clock. Closed after the test. */
export async function start(options: RigOptions = {}): Promise<Rig> {
	const { apiVersion, clientToken, ...rest } = options;
	const clock = createVirtualClock();
	const sim = await createSimulator({ ...rest, now: () => clock.now() });
	open.push(sim);
	const host = createFetchHost({
		clock,
		token: clientToken ?? sim.token,
		callsTaken: () => sim.requests.length,
		isSilent: (path, since) =>
			sim.requests
				.slice(since)
				.some((taken) => taken.path === path && taken.faults.includes('stall')),
	});
	const client = createClient({ host, baseUrl: sim.url, apiVersion });
	return {
		sim,
		clock,
		client,
		fetchFile: (ref, file) =>
			download(client, ref, file, {
				save: async (stream) => {
					const chunks: Uint8Array[] = [];
					for await (const chunk of stream) chunks.push(chunk);
					const value = new Uint8Array(Buffer.concat(chunks));
					return { bytes: value.length, value };
				},
			}),
	};
}

export const refOf = ({ deployment_id = '', request_id }: RequestIds): DeploymentRef => ({
	deploymentId: deployment_id,
	requestId: request_id,
});
