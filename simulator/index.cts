import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, refuseOther } from './comfyui/client.cjs';
import { createJobs } from './comfyui/jobs.cjs';
import { comfyuiRoutes } from './comfyui/routes.cjs';
import { DEPLOYMENT_IDS } from './deployments/store.cjs';
import { MODEL_IDS } from './models/catalog.cjs';
import { checkLiveOptions, checkOptions } from './options.cjs';
import { createPage } from './page/serve.cjs';
import { createRequestLog, isOwnHost } from './requests.cjs';
import type { Route } from './routes/table.cjs';
import { ROUTES } from './routes/table.cjs';
import { describeError } from './run/refusal.cjs';
import type { Site } from './server.cjs';
import { createHttpServer } from './server.cjs';
import type { Job, Simulator, SimulatorOptions } from './types.cjs';
import { createWebhooks } from './webhooks.cjs';
import { createWorld, DAY_MS } from './world.cjs';

export { DEPLOYMENT_IDS } from './deployments/store.cjs';
export type { Fault, FaultName, FaultTarget } from './fault-table.cjs';
export { FAULT_TABLE, isFaultName, plainFault } from './fault-table.cjs';
export { MODEL_IDS } from './models/catalog.cjs';
export type * from './types.cjs';

/** The limit of setTimeout; for a later change the timer is set again. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Starts a local RunComfy and resolves once it listens.
 * @throws Error of node:net, for instance if the port is taken; RangeError if an option or a fault is
 * unknown or its value does not fit; Error if `comfyui` is the address of another server
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	checkOptions(options);
	const world = createWorld(options);
	const webhooks = createWebhooks(world, {
		retryMs: options.webhookRetryMs ?? 1000,
		retryForMs: options.webhookRetryForMs ?? DAY_MS,
		attempts: options.webhookAttempts ?? Infinity,
		timeoutMs: options.webhookTimeoutMs ?? 10_000,
	});
	const requests = createRequestLog(options.keepRequests ?? Infinity);
	const comfy = options.comfyui && connect(options.comfyui.url);
	if (comfy) await refuseOther(comfy);
	const bridge = comfy && createJobs(world, comfy);
	const routes = comfy && bridge ? comfyuiRoutes(comfy, bridge) : ROUTES;
	// Logs that ComfyUI does not answer.
	const updateBridge = async (): Promise<void> => bridge?.update().catch(() => undefined);
	const realClock = options.now === undefined;
	let timer: NodeJS.Timeout | undefined;
	let closed = false;

	world.onChange = (job, at) => {
		world.log(describeChange(world.ownerOf(job)?.name, job));
		webhooks.onChange(job, at);
	};

	/** On the real clock, a timer fires for the next change or webhook. */
	const schedule = (): void => {
		clearTimeout(timer);
		if (!realClock || closed) return;
		const due = [world.nextChangeAt(), bridge?.nextUpdateAt(), webhooks.nextDueAt()].filter(
			(at) => at !== undefined,
		);
		if (due.length === 0) return;
		const wait = Math.min(LONGEST_TIMER, Math.max(0, Math.min(...due) - world.now()));
		timer = setTimeout(() => void tick(), wait);
	};
	const tick = async (): Promise<void> => {
		world.catchUp();
		await updateBridge();
		schedule();
		await webhooks.deliverDue();
		schedule();
	};

	const host = options.host ?? '127.0.0.1';
	const page = createPage({ world, routes, requests, webhooks }, { host });
	const apart = options.storagePort !== undefined;
	const ofFiles = (route: Route): boolean => route.name === 'storage';
	// A site in a visitor's browser must not be able to run anything on the user's ComfyUI.
	const guard = bridge && {
		isOwnHost: (asked: string) => isOwnHost(asked, host, world.origin, world.storageOrigin),
	};
	const api: Site = {
		routes: apart ? routes.filter((route) => !ofFiles(route)) : routes,
		page,
		origin: () => world.origin,
		...guard,
	};
	const files: Site = {
		routes: routes.filter(ofFiles),
		origin: () => world.storageOrigin,
		...guard,
	};
	const servers: Server[] = [];
	const open = async (site: Site, port: number): Promise<string> => {
		const server = createHttpServer(world, requests, site, schedule);
		await listen(server, port, host);
		servers.push(server);
		return `http://${reachable(host)}:${(server.address() as AddressInfo).port}`;
	};
	const close = async (): Promise<void> => void (await Promise.all(servers.map(end)));
	const url = await open(api, options.port ?? 0);
	const storageUrl = apart
		? await open(files, options.storagePort ?? 0).catch(async (error: unknown) => {
				await close();
				throw error;
			})
		: url;
	world.origin = withoutSlashes(options.publicUrl ?? url);
	world.storageOrigin = apart
		? withoutSlashes(options.publicStorageUrl ?? storageUrl)
		: world.origin;
	await updateBridge();
	schedule();

	return {
		url,
		storageUrl,
		token: world.token,
		deploymentIds: { ...DEPLOYMENT_IDS },
		modelIds: { ...MODEL_IDS },
		requests: requests.entries,
		get jobs(): ReadonlyMap<string, Job> {
			world.catchUp();
			return world.jobs;
		},
		workflow: (deploymentId) => world.deployments.get(deploymentId)?.graph,
		count: requests.count,
		inject: (fault) => world.faults.inject(fault),
		clearFaults: () => world.faults.clear(),
		update(live) {
			checkLiveOptions(live);
			world.update(live);
			schedule();
		},
		async settle() {
			world.catchUp();
			await updateBridge();
			await webhooks.deliverDue();
		},
		async close() {
			closed = true;
			clearTimeout(timer);
			webhooks.close();
			comfy?.close();
			await close();
		},
	};
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
	new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, host, resolve);
	});

const end = (server: Server): Promise<void> =>
	new Promise((resolve) => {
		server.close(() => resolve());
		server.closeAllConnections();
	});

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

function withoutSlashes(url: string): string {
	return url.endsWith('/') ? withoutSlashes(url.slice(0, -1)) : url;
}
