import { PLAIN_PICTURE } from './comfyui/workflows.cjs';
import type { DeploymentStore } from './deployments/store.cjs';
import { createDeployments } from './deployments/store.cjs';
import type { FaultBox } from './faults.cjs';
import { createFaultBox } from './faults.cjs';
import type { ModelStore } from './models/catalog.cjs';
import { createModels } from './models/catalog.cjs';
import type { Pool, PoolOwner, PoolSettings } from './pool.cjs';
import { advance, createPool, nextChange } from './pool.cjs';
import type { Job, JobState, LiveOptions, SimulatorOptions } from './types.cjs';

/** Everything the routes share: the account's deployments, its jobs, the clock and the settings. */
export interface World {
	readonly token: string;
	readonly retentionMs: number;
	readonly settings: { latencyMs: number; coldStartMs: number; queueMs: number };
	outputBytes: number | undefined;
	readonly deployments: DeploymentStore;
	readonly models: ModelStore;
	readonly jobs: ReadonlyMap<string, Job>;
	readonly faults: FaultBox;
	/** Whether a ComfyUI runs everything. */
	readonly comfyui: boolean;
	/** Origin of the URLs handed out; set once the server listens. */
	origin: string;
	/** Origin of the URLs of files. */
	storageOrigin: string;
	now(): number;
	log(line: string): void;
	/** Forgets the oldest that has ended, once there are more than `keepJobs`. */
	addJob(job: Job): void;
	/** What runs a job: a deployment, or a hosted model. */
	ownerOf(job: Job): PoolOwner | undefined;
	pool(owner: PoolOwner): Pool;
	poolSettings(owner: PoolOwner): PoolSettings;
	/** In millionths of a dollar. What hosted models run is paid when it is accepted, and given back if it fails. */
	balance(): number;
	/** Brings every job up to now. */
	catchUp(): void;
	/** When the next job changes by itself. */
	nextChangeAt(): number | undefined;
	update(options: LiveOptions): void;
	/** Called with every change of a job's state, in order of time. */
	onChange: (job: Job, at: number) => void;
}

export const DAY_MS = 86_400_000;
const DEFAULT_SLOTS = 10;
const MILLION = 1e6;

export const isFinished = ({ state }: Job): boolean =>
	state !== 'in_queue' && state !== 'in_progress';

const FREE: readonly JobState[] = ['failed', 'canceled'];

const spentOn = (jobs: Iterable<Job>): number =>
	[...jobs].reduce(
		(sum, { cost = 0, state }) => (FREE.includes(state) ? sum : sum + Math.round(cost * MILLION)),
		0,
	);

export function createWorld(options: SimulatorOptions): World {
	const now = options.now ?? Date.now;
	const maxInstances = options.maxInstances ?? DEFAULT_SLOTS;
	const workflows = options.comfyui && (options.comfyui.workflows ?? [PLAIN_PICTURE]);
	const deployments = createDeployments(now(), maxInstances, workflows);
	const models: ModelStore = workflows ? new Map() : createModels(maxInstances);
	const pools = new Map<string, { owner: PoolOwner; pool: Pool }>();
	/** Everything that was topped up, in millionths of a dollar. */
	let paidIn = Math.round((options.balanceUsd ?? 25) * MILLION);
	const jobs = new Map<string, Job>();
	const keepJobs = options.keepJobs ?? Infinity;
	const world: World = {
		token: options.token ?? 'simulator-token',
		retentionMs: options.retentionMs ?? 7 * DAY_MS,
		settings: {
			latencyMs: options.latencyMs ?? 1000,
			coldStartMs: options.coldStartMs ?? 0,
			queueMs: options.queueMs ?? 0,
		},
		outputBytes: options.outputBytes,
		deployments,
		models,
		jobs,
		faults: createFaultBox(options, { deployment: deployments, model: models }),
		comfyui: options.comfyui !== undefined,
		origin: '',
		storageOrigin: '',
		now,
		log: options.log ?? (() => undefined),
		onChange: () => undefined,
		addJob(job) {
			jobs.set(job.requestId, job);
			const oldest = jobs.size > keepJobs ? [...jobs.values()].find(isFinished) : undefined;
			if (oldest === undefined) return;
			paidIn -= spentOn([oldest]);
			jobs.delete(oldest.requestId);
		},
		ownerOf: ({ modelId, deploymentId }) =>
			modelId === undefined ? deployments.get(deploymentId) : models.get(modelId),
		pool(owner) {
			const known = pools.get(owner.id);
			if (known !== undefined) return known.pool;
			const pool = createPool(now());
			pools.set(owner.id, { owner, pool });
			return pool;
		},
		poolSettings: (owner) => ({
			...world.settings,
			...(owner.alwaysWarm && { coldStartMs: 0 }),
			maxInstances: owner.max_instances,
			minInstances: owner.min_instances,
			keepWarmMs: owner.keep_warm_duration_in_seconds * 1000,
		}),
		balance: () => paidIn - spentOn(world.jobs.values()),
		catchUp() {
			for (const { owner, pool } of pools.values()) {
				advance(pool, now(), world.poolSettings(owner), world.onChange);
			}
		},
		nextChangeAt() {
			let earliest: number | undefined;
			for (const { owner, pool } of pools.values()) {
				const at = nextChange(pool, world.poolSettings(owner))?.at;
				if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
			}
			return earliest;
		},
		update(live) {
			world.catchUp();
			const { settings } = world;
			settings.latencyMs = live.latencyMs ?? settings.latencyMs;
			settings.coldStartMs = live.coldStartMs ?? settings.coldStartMs;
			settings.queueMs = live.queueMs ?? settings.queueMs;
			world.outputBytes = live.outputBytes ?? world.outputBytes;
			const { balanceUsd, maxInstances: most } = live;
			if (balanceUsd !== undefined) {
				paidIn = Math.round(balanceUsd * MILLION) + spentOn(world.jobs.values());
			}
			if (most === undefined) return;
			for (const owner of [...deployments.values(), ...models.values()]) {
				owner.max_instances = most;
			}
		},
	};
	return world;
}
