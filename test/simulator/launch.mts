import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach } from '@jest/globals';

export const CLI = fileURLToPath(new URL('../../dist/simulator/cli.cjs', import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The simulator's command; killed after the test. */
export const launch = (...args: string[]) => launchWith({}, ...args);

/** @param variables of the environment */
export function launchWith(variables: NodeJS.ProcessEnv, ...args: string[]) {
	const child = spawn(process.execPath, [CLI, ...args], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, ...variables },
	});
	children.push(child);
	const text = { out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (piece: string) => (text.out += piece));
	child.stderr.setEncoding('utf8').on('data', (piece: string) => (text.err += piece));
	const ended = once(child, 'close').then(([code]) => code as number | null);
	return { child, text, ended };
}
