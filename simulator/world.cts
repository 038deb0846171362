import { PLAIN_PICTURE } from './comfyui/workflows.cjs';
import type { Deployment, DeploymentStore } from './deployments/store.cjs';
import { createDeployments } from './deployments/store.cjs';
import type { FaultBox } from './faults.cjs';
import { createFaultBox } from './faults.cjs';
import type { Pool, PoolSettings } from './pool.cjs';
import { advance, createPool, nextChange } from './pool.cjs';
import type { Job, LiveOptions, SimulatorOptions } from './types.cjs';

/** Everything the routes share: the account's deployments, its jobs, the clock and the settings. */
export interface World {
	readonly token: string;
	readonly retentionMs: number;
	readonly settings: { latencyMs: number; coldStartMs: number; queueMs: number };
	outputBytes: number | undefined;
	readonly deployments: DeploymentStore;
	readonly jobs: Map<string, Job>;
	readonly faults: FaultBox;
	/** Origin of the URLs handed out; set once the server listens. */
	origin: string;
	/** As `origin`, of the files. */
	storageOrigin: string;
	now(): number;
	log(line: string): void;
	pool(deployment: Deployment): Pool;
	poolSettings(deployment: Deployment): PoolSettings;
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

export function createWorld(options: SimulatorOptions): World {
	const now = options.now ?? Date.now;
	const maxInstances = options.maxInstances ?? DEFAULT_SLOTS;
	const workflows = options.comfyui && (options.comfyui.workflows ?? [PLAIN_PICTURE]);
	const deployments = createDeployments(now(), maxInstances, workflows);
	const pools = new Map<string, Pool>();
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
		jobs: new Map(),
		faults: createFaultBox(options.faults, deployments),
		origin: '',
		storageOrigin: '',
		now,
		log: options.log ?? (() => undefined),
		onChange: () => undefined,
		pool(deployment) {
			const known = pools.get(deployment.id);
			if (known !== undefined) return known;
			const pool = createPool(now());
			pools.set(deployment.id, pool);
			return pool;
		},
		poolSettings: (deployment) => ({
			...world.settings,
			maxInstances: deployment.max_instances,
			minInstances: deployment.min_instances,
			keepWarmMs: deployment.keep_warm_duration_in_seconds * 1000,
		}),
		catchUp() {
			for (const deployment of deployments.values()) {
				const pool = pools.get(deployment.id);
				if (pool === undefined) continue;
				advance(pool, now(), world.poolSettings(deployment), world.onChange);
			}
		},
		nextChangeAt() {
			let earliest: number | undefined;
			for (const deployment of deployments.values()) {
				const pool = pools.get(deployment.id);
				const at = pool && nextChange(pool, world.poolSettings(deployment))?.at;
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
			if (live.maxInstances === undefined) return;
			for (const deployment of deployments.values()) {
				deployment.max_instances = live.maxInstances;
			}
		},
	};
	return world;
}
