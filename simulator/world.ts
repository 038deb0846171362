import type { DeploymentStore } from './deployments/store';
import { createDeployments, PLAIN_PICTURE } from './deployments/store';
import { FaultBox } from './faults';
import { digest } from './json';
import type { ModelStore } from './models/catalog';
import { createModels } from './models/catalog';
import type { Pace, PoolOwner } from './pool';
import { Pool } from './pool';
import type { Job, JobState, LiveOptions, Outcome, SimulatorOptions } from './types';

export const DAY_MS = 86_400_000;
const DEFAULT_SLOTS = 10;
const MILLION = 1e6;

export const isFinished = ({ state }: Job): boolean =>
	state !== 'in_queue' && state !== 'in_progress';

const FREE: readonly JobState[] = ['failed', 'canceled'];

/** State shared by all routes: the account's deployments, its jobs, the clock and the settings. */
export class World {
	readonly token: string;
	readonly settings: Pace;
	outputBytes: number | undefined;
	readonly deployments: DeploymentStore;
	readonly models: ModelStore;
	readonly jobs = new Map<string, Job>();
	readonly faults: FaultBox;
	/** Whether a ComfyUI runs everything. */
	readonly comfyui: boolean;
	/** Origin of the URLs in answers; set once the server listens. */
	origin = '';
	readonly now: () => number;
	readonly log: (line: string) => void;
	/** Called at every change of a job's state, in order of time. */
	onChange: (job: Job, at: number) => void = () => undefined;
	readonly #pools = new Map<PoolOwner, Pool>();
	/** Total of all top-ups, in millionths of a dollar. */
	#paidIn: number;
	readonly #keepJobs: number;

	constructor(options: SimulatorOptions) {
		const { maxInstances = DEFAULT_SLOTS, comfyui } = options;
		const workflows = comfyui && (comfyui.workflows ?? [PLAIN_PICTURE]);
		this.token = options.token ?? 'runcomfy-simulator-token';
		this.settings = {
			latencyMs: options.latencyMs ?? 1000,
			coldStartMs: options.coldStartMs ?? 0,
			queueMs: options.queueMs ?? 0,
		};
		this.outputBytes = options.outputBytes;
		this.now = options.now ?? Date.now;
		this.log = options.log ?? (() => undefined);
		this.deployments = createDeployments(this.now(), maxInstances, workflows);
		this.models = workflows ? new Map() : createModels(maxInstances);
		this.faults = new FaultBox(options, { deployment: this.deployments, model: this.models });
		this.comfyui = comfyui !== undefined;
		this.#paidIn = Math.round((options.balanceUsd ?? 25) * MILLION);
		this.#keepJobs = options.keepJobs ?? Infinity;
	}

	/**
	 * Stores a job with embedded files replaced by digests. Beyond `keepJobs`, removes the oldest job that has ended.
	 */
	addJob({ overrides, graph, extraData, nodeErrors, outcome, ...rest }: Job): Job {
		const job: Job = {
			...rest,
			overrides: digest(overrides),
			graph: digest(graph),
			...(extraData && { extraData: digest(extraData) }),
			...(nodeErrors && { nodeErrors: digest(nodeErrors) }),
			outcome: keptOutcome(outcome),
		};
		this.jobs.set(job.requestId, job);
		const oldest =
			this.jobs.size > this.#keepJobs ? [...this.jobs.values()].find(isFinished) : undefined;
		if (oldest !== undefined) {
			this.#paidIn -= spentOn([oldest]);
			this.jobs.delete(oldest.requestId);
		}
		return job;
	}

	/** The deployment or hosted model that runs a job. */
	ownerOf({ modelId, deploymentId }: Job): PoolOwner | undefined {
		return modelId === undefined ? this.deployments.get(deploymentId) : this.models.get(modelId);
	}

	pool(owner: PoolOwner): Pool {
		const known = this.#pools.get(owner);
		if (known !== undefined) return known;
		const pool = new Pool(owner, this.settings, this.now());
		this.#pools.set(owner, pool);
		return pool;
	}

	/** In millionths of a dollar. A hosted model's run is charged when accepted, and refunded if it fails. */
	balance(): number {
		return this.#paidIn - spentOn(this.jobs.values());
	}

	/** Updates every job to the current time. */
	catchUp(): void {
		for (const pool of this.#pools.values()) pool.advance(this.now(), this.onChange);
	}

	/** When the next job changes by itself; Infinity if none does. */
	nextChangeAt(): number {
		return Math.min(...[...this.#pools.values()].map((pool) => pool.nextChange()?.at ?? Infinity));
	}

	update({ outputBytes, balanceUsd, maxInstances, ...pace }: LiveOptions): void {
		this.catchUp();
		Object.assign(this.settings, pace);
		this.outputBytes = outputBytes ?? this.outputBytes;
		if (balanceUsd !== undefined) {
			this.#paidIn = Math.round(balanceUsd * MILLION) + spentOn(this.jobs.values());
		}
		if (maxInstances === undefined) return;
		for (const owner of [...this.deployments.values(), ...this.models.values()]) {
			owner.max_instances = maxInstances;
		}
	}
}

/** Shortens an error's copy of the input it rejects. Outputs are kept whole, because they are the client's. */
export const keptOutcome = (outcome: Outcome): Outcome =>
	outcome.kind === 'failed' ? digest(outcome) : outcome;

const spentOn = (jobs: Iterable<Job>): number =>
	[...jobs].reduce(
		(sum, { cost = 0, state }) => (FREE.includes(state) ? sum : sum + Math.round(cost * MILLION)),
		0,
	);
