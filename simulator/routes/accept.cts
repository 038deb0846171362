import { randomUUID } from 'node:crypto';
import type { PoolOwner } from '../pool.cjs';
import type { ApiError, Reply } from '../reply.cjs';
import { errorReply, json } from '../reply.cjs';
import { runError } from '../run/refusal.cjs';
import type { Job, Outcome } from '../types.cjs';
import type { Context } from './context.cjs';
import { strike, versionOf } from './context.cjs';
import { urlsOf } from './queue.cjs';

const HUGE_BYTES = 32 * 1024 * 1024;
const LONG_RUN_MS = 60_000;
const RUN_FAULTS = ['run_failed', 'run_canceled', 'empty_outputs'] as const;

type Fields = Pick<Job, 'deploymentId' | 'overrides' | 'graph' | 'inlineGraph' | 'outcome'> &
	Partial<Job>;

/** Puts a request into the queue of what runs it, with the faults that shape its run, and answers. */
export function accept(context: Context, owner: PoolOwner, fields: Fields): Reply {
	const { world } = context;
	const pace = strike(context, 'run_time');
	const huge = strike(context, 'huge_result');
	const withoutUrls = strike(context, 'missing_url');
	const withoutOutput = strike(context, 'null_output');
	const job: Job = {
		requestId: randomUUID(),
		version: versionOf(context),
		createdAt: world.now(),
		state: 'in_queue',
		...fields,
		...(pace && { runMs: pace.ms ?? LONG_RUN_MS }),
		...(huge && { fillerBytes: huge.bytes ?? HUGE_BYTES }),
		...(withoutUrls && { withoutUrls: true }),
		...(withoutOutput && { withoutOutput: true }),
		signature: 0,
		expiredBelow: 0,
	};
	world.catchUp();
	world.addJob(job);
	world.pool(owner).pending.push(job);
	world.onChange(job, job.createdAt);
	world.catchUp();
	return acceptance(context, job);
}

/** The answer to a submit that was accepted. */
export function acceptance(context: Context, job: Job): Reply {
	context.entry.requestId = job.requestId;
	const answer = { request_id: job.requestId, ...urlsOf(context, job, true) };
	const fault = strike(context, 'error_after_accept');
	if (fault === undefined) return json(answer);
	const { status, code = 10011, message = 'Something went wrong' } = fault;
	return json({ ...answer, error_code: code, error_message: message }, status);
}

/** How a deployment or model answers that takes no requests. */
export function closedReply(context: Context, closed: ApiError): Reply {
	const fault = strike(context, 'gating_status');
	return errorReply(closed, fault ? (fault.status ?? 403) : closed.status);
}

/** How a fault has a run end, undefined if none strikes. */
export function outcomeOfFault(
	context: Context,
	describe: (nodeId: string) => { where: string; trace: string; shape: 'array' | 'object' },
): Outcome | undefined {
	const fault = strike(context, ...RUN_FAULTS);
	if (fault === undefined) return undefined;
	if (fault.name === 'run_canceled') return { kind: 'canceled' };
	if (fault.name === 'empty_outputs') return { kind: 'succeeded', outputs: {} };
	const { where, trace, shape } = describe(fault.node_id ?? '31');
	const details = fault.details ?? `${where}CUDA out of memory`;
	return {
		kind: 'failed',
		shape: fault.shape ?? shape,
		error: [runError(fault.error ?? 'OutOfMemory', details, trace, fault.code)],
		...(fault.log_url !== undefined && { logUrl: fault.log_url }),
	};
}
