import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Comfy } from './comfyui/client';
import { Jobs } from './comfyui/jobs';
import { comfyuiRoutes } from './comfyui/routes';
import type { Deployment } from './deployments/store';
import { addDeployment, DEPLOYMENT_IDS } from './deployments/store';
import type { Fault } from './fault-table';
import { MODEL_IDS } from './models/catalog';
import { createPage } from './page';
import { isOwnHost, RequestLog } from './requests';
import { ROUTES } from './routes/table';
import { describeError } from './run/check';
import { createHttpServer } from './server';
import type { Graph, Job, LiveOptions, LoggedRequest, RouteName, SimulatorOptions } from './types';
import { Webhooks } from './webhooks';
import { World } from './world';

export type { Deployment, DeploymentIds } from './deployments/store';
export { DEPLOYMENT_IDS } from './deployments/store';
export type { Fault, FaultName, FaultTarget } from './fault-table';
export { FAULT_TABLE } from './fault-table';
export type { ModelIds } from './models/catalog';
export { MODEL_IDS } from './models/catalog';
export type { Simulator };
export type * from './types';

/** The longest delay that setTimeout accepts; a later change takes several timers. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Starts a local RunComfy and resolves once it listens.
 * @throws Error of node:net, for instance if the port is taken; RangeError if a fault is unknown or a value is invalid;
 * Error if `comfyui` is the address of another server
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const simulator = new Simulator(options);
	await simulator.start(options);
	return simulator;
}

class Simulator {
	/** Origin without a trailing slash. */
	url = '';
	readonly deploymentIds = { ...DEPLOYMENT_IDS };
	readonly modelIds = { ...MODEL_IDS };
	readonly #world: World;
	readonly #webhooks: Webhooks;
	readonly #log: RequestLog;
	readonly #comfy: Comfy | undefined;
	/** The jobs on a real ComfyUI, if there is one. */
	readonly #bridge: Jobs | undefined;
	readonly #realClock: boolean;
	readonly #server: Server;
	#timer: NodeJS.Timeout | undefined;
	#closed = false;

	constructor(options: SimulatorOptions) {
		const { comfyui, host = '127.0.0.1' } = options;
		const world = new World(options);
		const webhooks = new Webhooks(world, options.webhookRetryMs);
		const requests = new RequestLog(options.keepRequests);
		const comfy = comfyui && new Comfy(comfyui.url);
		const bridge = comfy && new Jobs(world, comfy);
		const routes = comfy && bridge ? comfyuiRoutes(comfy, bridge) : ROUTES;
		world.onChange = (job, at) => {
			world.log(describeChange(world.ownerOf(job)?.name, job));
			webhooks.onChange(job, at);
		};
		const isOwn = (asked: string) => isOwnHost(asked, host, world.origin);
		this.#world = world;
		this.#webhooks = webhooks;
		this.#log = requests;
		this.#comfy = comfy;
		this.#bridge = bridge;
		this.#realClock = options.now === undefined;
		this.#server = createHttpServer({
			world,
			requests,
			routes,
			page: createPage(world, routes, isOwn),
			isOwnHost: isOwn,
			afterRequest: () => this.#schedule(),
		});
	}

	async start({ host = '127.0.0.1', port = 0, publicUrl }: SimulatorOptions): Promise<void> {
		await this.#comfy?.refuseOther();
		await new Promise<void>((resolve, reject) => {
			this.#server.once('error', reject);
			this.#server.listen(port, host, resolve);
		});
		this.url = `http://${reachable(host)}:${(this.#server.address() as AddressInfo).port}`;
		this.#world.origin = (publicUrl ?? this.url).replace(/\/$/, '');
		await this.#updateBridge();
		this.#schedule();
	}

	get token(): string {
		return this.#world.token;
	}

	/** Every HTTP request since the start (see `keepRequests`), in order of arrival. */
	get requests(): LoggedRequest[] {
		return this.#log.entries;
	}

	/** Every submitted request, in order, with its current state. */
	get jobs(): ReadonlyMap<string, Job> {
		this.#world.catchUp();
		return this.#world.jobs;
	}

	/** A deployment's saved workflow, which tests may change. */
	workflow(deploymentId: string): Graph | undefined {
		return this.#world.deployments.get(deploymentId)?.graph;
	}

	/** Adds a deployment, a copy of the first one with other settings. Returns its id. */
	deploy(settings: Partial<Deployment> = {}): string {
		return addDeployment(this.#world.deployments, settings);
	}

	/** The number of HTTP requests to a route since the start. */
	count(route: RouteName): number {
		return this.#log.count(route);
	}

	/** @throws RangeError if the fault, a parameter, its route or its deployment is unknown, or a value is invalid */
	inject(fault: Fault): void {
		this.#world.faults.inject(fault);
	}

	/** Also ends the pauses of `stall` and `slow_submit`. */
	clearFaults(): void {
		this.#world.faults.clear();
	}

	update(options: LiveOptions): void {
		this.#world.update(options);
		this.#schedule();
	}

	/** Updates jobs to `now()` and delivers the webhooks that are due, retries included. */
	async settle(): Promise<void> {
		this.#world.catchUp();
		await this.#updateBridge();
		await this.#webhooks.deliverDue();
	}

	/** Ends every socket, timer and webhook at once. */
	async close(): Promise<void> {
		this.#closed = true;
		clearTimeout(this.#timer);
		this.#webhooks.close();
		this.#comfy?.close();
		await new Promise<unknown>((resolve) => {
			this.#server.close(resolve);
			this.#server.closeAllConnections();
		});
	}

	// The bridge itself logs a ComfyUI that does not answer.
	async #updateBridge(): Promise<void> {
		await this.#bridge?.update().catch(() => undefined);
	}

	/** On the real clock, sets a timer for the next change or webhook. */
	#schedule(): void {
		clearTimeout(this.#timer);
		if (!this.#realClock || this.#closed) return;
		const due = Math.min(
			this.#world.nextChangeAt(),
			this.#bridge?.nextUpdateAt() ?? Infinity,
			this.#webhooks.nextDueAt(),
		);
		if (due === Infinity) return;
		const wait = Math.min(LONGEST_TIMER, Math.max(0, due - this.#world.now()));
		this.#timer = setTimeout(() => void this.#tick(), wait);
	}

	async #tick(): Promise<void> {
		this.#world.catchUp();
		await this.#updateBridge();
		this.#schedule();
		await this.#webhooks.deliverDue();
		this.#schedule();
	}
}

const reachable = (host: string): string => {
	if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
	return host.includes(':') ? `[${host}]` : host;
};

function describeChange(owner: string | undefined, job: Job): string {
	const name = `${owner ?? job.deploymentId} ${job.requestId} ${job.state}`;
	const { startedAt, finishedAt } = job;
	const ran = startedAt !== undefined && finishedAt !== undefined;
	const time = ran ? ` after ${((finishedAt - startedAt) / 1000).toFixed(1)} s` : '';
	const why =
		job.state === 'failed' && job.outcome.kind === 'failed'
			? `: ${job.outcome.error.map(describeError).join('; ')}`
			: '';
	return name + time + why;
}
