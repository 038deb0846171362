// A RunComfy for processes that are killed: a run has ended when it is looked at for the second time, whenever that
// is.
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import type * as Library from '../../../simulator/index.cts';

const require = createRequire(import.meta.url);
const { createSimulator } = require('../../../dist/simulator/index.cjs') as typeof Library;

const LOOKS = 2;

const RUN_MS = 60_000;

export async function startService(): Promise<Library.Simulator> {
	const began = Date.now();
	const count = { looks: () => 0 };
	const now = () => began + RUN_MS * Math.floor(count.looks() / LOOKS);
	const service = await createSimulator({ latencyMs: RUN_MS, now });
	count.looks = () => service.count('status') + service.count('models.status');
	return service;
}

/** Ids of the requests that RunComfy has accepted: each is paid for. */
export function paidFor({ jobs }: Library.Simulator): string[] {
	return [...jobs.keys()];
}

/** Requests that RunComfy had at the same time, at most. */
export function mostAtOnce({ jobs }: Library.Simulator): number {
	const all = [...jobs.values()];
	const during = ({ createdAt }: Library.Job) =>
		all.filter((one) => one.createdAt <= createdAt && (one.finishedAt ?? Infinity) > createdAt);
	return Math.max(0, ...all.map((job) => during(job).length));
}

/** Submits a request past the host. @returns its id */
export async function submitTo(
	{ url, token, deploymentIds }: Library.Simulator,
	query: Record<string, string> = {},
): Promise<string> {
	const path = `/prod/v1/deployments/${deploymentIds.textToImage}/inference`;
	const answer = await fetch(`${url}${path}?${new URLSearchParams(query)}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
		body: '{"overrides":{}}',
	});
	return ((await answer.json()) as { request_id: string }).request_id;
}

export interface Caller {
	service: Library.Simulator;
	/** Submits a request of whose end RunComfy tells this address, again and again, until it gets a good answer. */
	callAt(address: string): Promise<void>;
	/** Resolves once RunComfy has got a good answer. */
	told: Promise<void>;
}

/** How many milliseconds pass in each real step, so that a call is soon repeated. */
const PASS_MS = 30_000;
const STEP_MS = 25;

function isOpen(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => resolve(true));
		socket.once('error', () => resolve(false));
		socket.once('connect', () => socket.destroy());
	});
}

/** A RunComfy that calls back when a run has ended, which happens at once. */
export async function startCaller(): Promise<Caller> {
	let now = Date.now();
	let tellEnd = () => undefined as void;
	const told = new Promise<void>((resolve) => {
		tellEnd = resolve;
	});
	const log = (line: string) => {
		if (/^webhook .* delivered$/.test(line)) tellEnd();
	};
	const service = await createSimulator({ latencyMs: 0, now: () => now, log });
	return {
		service,
		told,
		async callAt(address) {
			await submitTo(service, { webhook: address });
			const { port } = new URL(address);
			const timer = setInterval(() => {
				void isOpen(Number(port)).then(async (open) => {
					// Each call that fails doubles the pause before the next.
					if (!open) return;
					now += PASS_MS;
					await service.settle();
				});
			}, STEP_MS);
			void told.then(() => clearInterval(timer));
		},
	};
}
