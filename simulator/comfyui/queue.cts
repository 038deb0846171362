import { randomUUID } from 'node:crypto';
import { isObject } from '../json.cjs';
import type { Submission } from '../run/submission.cjs';
import type { Graph, Job } from '../types.cjs';
import type { World } from '../world.cjs';

/** The name, in a prompt's `extra_data`, of what the simulator must know again after a restart. */
export const MEMO = 'runcomfy_simulator';

/** One prompt in ComfyUI's queue. */
export interface QueueEntry {
	id: string;
	/** From 1; absent if it runs. */
	position?: number;
	/** `[number, prompt id, prompt, extra data, outputs]` */
	item: unknown[];
}

/** ComfyUI's answer to `GET /queue`, the running prompts first; the waiting ones are a heap. */
export function listQueue(body: unknown): QueueEntry[] {
	const { queue_running, queue_pending } = isObject(body) ? body : ({} as Record<string, unknown>);
	const waiting = itemsIn(queue_pending).sort(([a], [b]) => Number(a) - Number(b));
	return [
		...itemsIn(queue_running).map((item) => ({ id: String(item[1]), item })),
		...waiting.map((item, index) => ({ id: String(item[1]), item, position: index + 1 })),
	];
}

const itemsIn = (list: unknown): unknown[][] =>
	Array.isArray(list) ? list.filter((item): item is unknown[] => Array.isArray(item)) : [];

type Fields = Submission & Pick<Job, 'deploymentId' | 'version' | 'createdAt' | 'nodeErrors'>;

export const createJob = (fields: Fields, requestId: string = randomUUID()): Job => ({
	...fields,
	requestId,
	state: 'in_queue',
	outcome: { kind: 'succeeded', outputs: {} },
	signature: 0,
	expiredBelow: 0,
});

/** The job that a simulator made of this prompt; undefined if none did, or with another deployment. */
export function recallJob([, id, graph, extra]: unknown[], world: World): Job | undefined {
	const memo = isObject(extra) ? extra[MEMO] : undefined;
	if (!isObject(memo) || !isObject(graph)) return undefined;
	const { deployment_id, created_at, version, webhook } = memo;
	const deploymentId = String(deployment_id);
	if (!world.deployments.has(deploymentId)) return undefined;
	const fields: Fields = {
		...{ deploymentId, createdAt: Number(created_at), graph: graph as Graph },
		...{ inlineGraph: false, overrides: {} },
		version: version === 'v1' ? 'v1' : 'v2',
		...(isObject(webhook) && {
			webhook: { url: String(webhook['url']), intermediate: webhook['intermediate'] === true },
		}),
	};
	return createJob(fields, String(id));
}
