// Processes that are killed at an effect, one after the other on the same folders, and the RunComfy that they pay.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type * as Library from '../../simulator/index.ts';

const CHILD = fileURLToPath(new URL('child/', import.meta.url));

/** An effect by name, and which occurrence in this life. */
export interface Effect {
	name: string;
	nth: number;
}

/** Ends the process just before the effect, or halfway through it. */
export interface Kill extends Effect {
	torn?: true;
}

/** A message or item received by the nodes behind ours. */
export interface Handed {
	topic?: string;
	requestId?: string;
	/** Code of an error. */
	code?: string;
	/** Whether it reports a restart in between. */
	resumed?: boolean;
	/** Size of its files, if they were downloaded. */
	bytes?: number;
}

export interface Life {
	effects: Effect[];
	/** The effect at which the process was killed; undefined if it ran to its end. */
	killed: string | undefined;
	handed: Handed[];
	/** Output of the process: the log of its host. */
	output: string;
}

export interface Plan {
	/** A file in `child`. */
	program: string;
	/** Folders whose files count, by their names in the list of effects. */
	folders: Record<string, string>;
	/** File for notes about this life. */
	record: string;
	kill?: Kill | undefined;
	/** Task for the program. */
	life: object;
	env?: Record<string, string>;
}

/** Time limit for one life on a busy machine, in milliseconds; it usually takes about one second. */
const LONGEST_MS = 120_000;

/** @throws Error with the output, if the process neither exits cleanly nor is killed */
export async function live({ program, kill, life, env, ...plan }: Plan): Promise<Life> {
	const child = spawn(
		process.execPath,
		['--require', join(CHILD, 'effects.cjs'), join(CHILD, program)],
		{
			env: {
				...process.env,
				...env,
				CRASH_PLAN: JSON.stringify({ ...plan, kill }),
				CRASH_LIFE: JSON.stringify(life),
			},
			stdio: ['ignore', 'pipe', 'pipe'],
		},
	);
	const late = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
	const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
		child.once('exit', (code, signal) => resolve([code, signal]));
	});
	const [[code, signal], ...printed] = await Promise.all([
		ended,
		text(child.stdout),
		text(child.stderr),
	]);
	clearTimeout(late);
	const output = printed.join('\n');
	const lines = readLines(plan.record);
	const killed = lines.find((line) => line.killed)?.killed;
	if (killed === undefined ? code !== 0 : signal !== 'SIGKILL') {
		throw new Error(`The process ended with ${code ?? signal}:\n${output}`);
	}
	return {
		effects: lines.flatMap(({ effect, nth }) => (effect && nth ? [{ name: effect, nth }] : [])),
		killed,
		handed: lines.flatMap(({ handed = [] }) => handed),
		output,
	};
}

interface Line {
	effect?: string;
	nth?: number;
	killed?: string;
	handed?: Handed;
}

function readLines(file: string): Line[] {
	const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
	return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}

const require = createRequire(import.meta.url);
const { createSimulator } = require('../../dist/simulator/index.js') as typeof Library;

/* A run ends at the second poll, whenever that is. */

const LOOKS = 2;

const RUN_MS = 60_000;

export async function startService(): Promise<Library.Simulator> {
	const began = Date.now();
	const count = { looks: () => 0 };
	const now = () => began + RUN_MS * Math.floor(count.looks() / LOOKS);
	const service = await createSimulator({ latencyMs: RUN_MS, now });
	count.looks = () => service.count('status');
	return service;
}

/** Ids of the requests that RunComfy has accepted: each is paid for. */
export function paidFor({ jobs }: Library.Simulator): string[] {
	return [...jobs.keys()];
}

/** The largest number of requests that RunComfy had at the same time. */
export function mostAtOnce({ jobs }: Library.Simulator): number {
	const all = [...jobs.values()];
	const during = ({ createdAt }: Library.Job) =>
		all.filter((one) => one.createdAt <= createdAt && (one.finishedAt ?? Infinity) > createdAt);
	return Math.max(0, ...all.map((job) => during(job).length));
}

/** Submits a request directly, without the host. @returns its id */
export async function submitTo({ url, token, deploymentIds }: Library.Simulator): Promise<string> {
	const path = `/prod/v1/deployments/${deploymentIds.textToImage}/inference`;
	const answer = await fetch(`${url}${path}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
		body: '{"overrides":{}}',
	});
	return ((await answer.json()) as { request_id: string }).request_id;
}
