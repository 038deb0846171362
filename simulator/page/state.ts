import { extname } from 'node:path';
import type { Deployment } from '../deployments/store';
import { filesOf, pathOf } from '../files';
import { beginning, toJson } from '../json';
import type { HostedModel } from '../models/catalog';
import type { PoolOwner } from '../pool';
import type { RequestLog } from '../requests';
import type { Route } from '../routes/table';
import { describeError } from '../run/check';
import type { Job, JsonObject, OutputFile, Outputs } from '../types';
import type { Webhooks } from '../webhooks';
import { isFinished, type World } from '../world';

/** Everything the page shows. */
export interface Scene {
	world: World;
	/** The simulator's routes, for the page's buttons. */
	routes: readonly Route[];
	requests: RequestLog;
	webhooks: Webhooks;
}

/** Entries shown per list, the latest ones; older entries are only counted. */
const SHOWN = 50;
const MAX_TEXT = 2000;

const latest = <T>(list: readonly T[]): T[] => list.slice(-SHOWN).reverse();
const cutText = (text: string): string => beginning(text, MAX_TEXT);

/** The current state of everything on the page; lists start with the newest. */
export function describeState({ world, requests, webhooks }: Scene): JsonObject {
	world.catchUp();
	const jobs = [...world.jobs.values()];
	const open = jobs.filter((job) => !isFinished(job));
	return {
		now: world.now(),
		url: world.origin,
		balanceUsd: world.balance() / 1e6,
		jobs: latest(jobs).map((job) => describeJob(world, job)),
		jobCount: jobs.length,
		deployments: [...world.deployments.values()].map((one) => describeDeployment(world, one, open)),
		models: [...world.models.values()].map((one) => describeModel(world, one, open)),
		faults: world.faults.list().map(({ id, fault, left, skip }) => ({
			id,
			...fault,
			times: left === Infinity ? 'always' : left,
			after: skip,
		})),
		webhooks: latest(webhooks.attempts),
		calls: latest(requests.entries).map(({ at, method, path, status, faults }) => ({
			at,
			method,
			path: cutText(path),
			status,
			faults,
		})),
		callCount: requests.total(),
	};
}

function describeDeployment(
	world: World,
	deployment: Deployment,
	open: readonly Job[],
): JsonObject {
	const { id, name, is_enabled, lora } = deployment;
	return {
		id,
		name,
		lora: lora !== undefined,
		state: is_enabled ? 'enabled' : 'disabled',
		...loadOf(world, deployment, open),
		...(!world.comfyui && describeMachines(world, deployment)),
	};
}

function describeMachines(world: World, deployment: Deployment): JsonObject {
	const pool = world.pool(deployment);
	return {
		hardware: deployment.hardware.join(', '),
		warm: pool.warm().length - pool.running.size,
	};
}

function describeModel(world: World, model: HostedModel, open: readonly Job[]): JsonObject {
	const { id, name, categories, base_price_usd: price, price_unit } = model;
	return {
		id,
		name,
		categories: categories.join(', '),
		price: price === null ? undefined : `$${price} / ${price_unit}`,
		...loadOf(world, model, open),
	};
}

function loadOf(world: World, owner: PoolOwner, open: readonly Job[]): JsonObject {
	const mine = open.filter((job) => world.ownerOf(job) === owner);
	const running = mine.filter(({ state }) => state === 'in_progress').length;
	return { waiting: mine.length - running, running };
}

function describeJob(world: World, job: Job): JsonObject {
	const { requestId, deploymentId, modelId, cost, createdAt, state, startedAt, finishedAt } = job;
	const owner = world.ownerOf(job);
	const pool = owner && world.pool(owner);
	const { outcome } = job;
	const outputs = outcome.kind === 'succeeded' ? outcome.outputs : {};
	const [first] = filesOf(outputs);
	return {
		requestId,
		createdAt,
		state,
		startedAt,
		finishedAt,
		...(modelId === undefined
			? { deploymentId, deployment: owner?.name ?? deploymentId }
			: { modelId, cost, model: owner?.name }),
		position:
			state === 'in_queue' && pool ? (job.position ?? pool.pending.indexOf(job) + 1) : undefined,
		endsAt: pool?.running.get(job)?.endsAt,
		canceling: state === 'in_queue' || state === 'in_progress' ? job.cancelRequestedAt : undefined,
		prompt: first?.spec && cutText(first.spec.prompt),
		seed: first?.spec?.seed,
		overrides: cutText(toJson(job.overrides)),
		webhook: job.webhook?.url,
		...(state === 'succeeded' && { outputs: describeOutputs(requestId, outputs) }),
		...(state === 'failed' &&
			outcome.kind === 'failed' && {
				errors: outcome.error.map((one) => ({
					error: one.error,
					details: cutText(describeError(one)),
				})),
			}),
	};
}

function describeOutputs(requestId: string, outputs: Outputs): JsonObject[] {
	const files = [...filesOf(outputs)];
	const describeFile = (file: OutputFile): JsonObject => ({
		filename: [file.subfolder, file.filename].filter(Boolean).join('/'),
		type: file.type,
		media: file.spec?.media ?? extname(file.filename).slice(1).toLowerCase(),
		...(file.hosted && { url: urlOf(file) }),
	});
	const urlOf = (file: OutputFile): string =>
		file.spec ? `/simulator/files/${requestId}/${files.indexOf(file)}` : pathOf(requestId, file);
	return Object.entries(outputs).flatMap(([node, channels]) =>
		Object.entries(channels).flatMap(([channel, entries]) =>
			entries.map((entry) =>
				'file' in entry
					? { node, channel, ...describeFile(entry.file) }
					: { node, channel, text: cutText(valueText(entry.value)) },
			),
		),
	);
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : toJson(value));
