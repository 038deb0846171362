// Disks that take their time, or never answer.
import fs from 'node:fs/promises';
import type * as SaveModule from '../../../node-red/runtime/outputs/saveFile.cts';

export const STEPS = ['stat', 'mkdir', 'open', 'write', 'close', 'link'] as const;
/** What takes the place of the link on a disk that has none. */
export const STEPS_WITHOUT_LINKS = ['reserve', 'rename'] as const;
export type Step = (typeof STEPS)[number] | (typeof STEPS_WITHOUT_LINKS)[number] | 'rm';

/** The real disk, but before it does a step it waits for what `before` returns. */
export function diskThat(
	before: (step: Step) => Promise<unknown>,
	{ links = true } = {},
): SaveModule.Disk {
	const slow =
		<A extends unknown[], T>(step: Step, act: (...args: A) => Promise<T>) =>
		async (...args: A) => {
			await before(step);
			return act(...args);
		};
	return {
		stat: slow('stat', (path) => fs.stat(path)),
		mkdir: slow('mkdir', (path) => fs.mkdir(path)),
		link: slow('link', (file, name) =>
			links
				? fs.link(file, name)
				: Promise.reject(Object.assign(new Error('EPERM: no links here'), { code: 'EPERM' })),
		),
		rename: slow('rename', (from, to) => fs.rename(from, to)),
		rm: slow('rm', (path, options) => fs.rm(path, options)),
		async open(path, flags) {
			await before(path.endsWith('.part') ? 'open' : 'reserve');
			const file = await fs.open(path, flags);
			return {
				writev: slow('write', (chunks) => file.writev(chunks)),
				close: slow('close', () => file.close()),
			};
		},
	};
}

/** A disk that does not answer one step until it is released. */
export function diskSilentAt(silent: Step, options?: { links?: boolean }) {
	const asked: Step[] = [];
	let release: () => void = () => undefined;
	const answer = new Promise<void>((resolve) => {
		release = resolve;
	});
	const disk = diskThat(async (step) => {
		asked.push(step);
		if (step === silent) await answer;
	}, options);
	return { disk, asked, release };
}

/** A disk that answers, and what it was asked. */
export function diskThatAnswers(options?: { links?: boolean }) {
	const asked: Step[] = [];
	const disk = diskThat(async (step) => void asked.push(step), options);
	return { disk, asked };
}

export async function* chunks(count: number) {
	for (let n = 0; n < count; n += 1) yield Buffer.from([n]);
}

export async function* nothing() {}

export const settling = (work: Promise<unknown>) => {
	const outcome: { settled?: unknown } = {};
	void work.then(
		(value) => (outcome.settled = value),
		(error: unknown) => (outcome.settled = error),
	);
	return outcome;
};
