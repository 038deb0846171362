// Processes that are killed at an effect, one after the other on the same folders.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('../child/', import.meta.url));

/** An effect by its name, and which one of that name it is in its life. */
export interface Effect {
	name: string;
	nth: number;
}

/** The process ends just before the effect, or when half of it has happened. */
export interface Kill extends Effect {
	torn?: true;
}

/** What the nodes behind ours get. */
export interface Handed {
	topic?: string;
	requestId?: string;
	/** Of an error. */
	code?: string;
	/** Whether it says that a restart has happened in between. */
	resumed?: boolean;
	/** The bytes of its files, if they were fetched. */
	bytes?: number;
}

export interface Life {
	effects: Effect[];
	/** The effect that no longer happened; undefined if the process ran to its end. */
	killed: string | undefined;
	handed: Handed[];
	/** What it printed: the log of its host. */
	output: string;
}

export interface Plan {
	/** A file in `child`. */
	program: string;
	/** Folders whose files count, by their names in the list of effects. */
	folders: Record<string, string>;
	/** For notes about this life. */
	record: string;
	kill?: Kill | undefined;
	/** For the program. */
	life: object;
	env?: Record<string, string>;
}

/** Milliseconds for one life on a busy machine; it takes about one second. */
const LONGEST_MS = 120_000;

/** @throws Error with what it printed, where it neither ends well nor is killed */
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
