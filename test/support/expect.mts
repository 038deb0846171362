// Additions to Jest's own `expect` and `it`.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';

type Expected<T> = ReturnType<typeof expect<T>>;

/** Long, because only a condition that is never met must fail, even on a busy machine. */
const PATIENCE_MS = 240_000;
const INTERVAL_MS = 10;

/** The real clock, because a test may replace the global one. */
const monotonic = performance.now.bind(performance);

/** `await eventually(() => count()).toBe(1)`: reads and compares until the expectation is met. */
export function eventually<T>(read: () => T): Expected<Awaited<T>>['resolves'] {
	return matchers(async (compare) => {
		await untilPasses(async () => compare(expect(await read())));
	}) as never;
}

/** An `expect` that names its subject when it fails. */
export function expectNamed<T>(value: T, about: string): Expected<T> {
	return matchers((compare) => {
		try {
			compare(expect(value));
		} catch (error) {
			(error as Error).message = `${about}: ${(error as Error).message}`;
			throw fromTest(error);
		}
	}) as never;
}

/** For a path that a passing test does not take. */
export function unreachable(why: string): never {
	throw fromTest(new Error(`Not to be reached: ${why}`));
}

export async function waitUntil(condition: () => unknown): Promise<void> {
	await untilPasses(async () => {
		if (!(await condition())) throw new Error(`It did not come to: ${condition}`);
	});
}

/** `it` if `holds` is true. `why` names the missing condition; it is printed when the test is skipped. */
export function itWhere(holds: boolean, why: string): typeof it | typeof it.skip {
	if (holds) return it;
	process.stdout.write(`Skipped: ${why}\n`);
	return it.skip;
}

async function untilPasses(check: () => unknown): Promise<void> {
	const end = monotonic() + PATIENCE_MS;
	for (;;) {
		try {
			await check();
			return;
		} catch (error) {
			if (monotonic() > end) throw fromTest(error);
			await delay(INTERVAL_MS);
		}
	}
}

type Compare = (subject: object) => void;
type Tree = { [name: string]: Tree } & ((...wanted: unknown[]) => void);

/** Every matcher, including those of `.not`, for a value that appears later. */
function matchers(check: (compare: Compare) => unknown, path: string[] = []): unknown {
	const get = (_: object, name: string) =>
		name === 'not'
			? matchers(check, [...path, name])
			: (...wanted: unknown[]) =>
					check((subject) => {
						const on = path.reduce((at, step) => at[step] as Tree, subject as Tree);
						on[name]?.(...wanted);
					});
	return new Proxy({}, { get });
}

const HERE = fileURLToPath(import.meta.url);

/** Removes this file from the trace, so that Jest shows the line of the test. */
function fromTest(error: unknown): unknown {
	if (error instanceof Error && error.stack) {
		error.stack = error.stack
			.split('\n')
			.filter((line) => !line.includes(HERE))
			.join('\n');
	}
	return error;
}
