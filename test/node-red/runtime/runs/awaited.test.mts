// Which requests nodes wait for, and answers to a submit that come late.
import { describe, expect, it } from '@jest/globals';
import type * as Core from '../../../../core/index.ts';
import type * as AwaitedModule from '../../../../node-red/runtime/runs/awaited.cts';
import type * as LateModule from '../../../../node-red/runtime/runs/interrupted.cts';
import { dist } from '../../support/dist.mts';

const { RunComfyError } = dist<typeof Core>('core/index.js');

const { remember, submitsSettled, wakeAwaiting, whileAwaiting, whileSubmitting } = dist<
	typeof AwaitedModule
>('node-red/runtime/runs/awaited.cjs');

/** A wait that the test ends. */
function waiting(about: { deploymentId: string; requestId?: string }) {
	let awaiting: AwaitedModule.Awaiting | undefined;
	let finish: (result: string) => void = () => undefined;
	let fail: (error: unknown) => void = () => undefined;
	const over = whileAwaiting(about, (given) => {
		awaiting = given;
		return new Promise<string>((resolve, reject) => {
			[finish, fail] = [resolve, reject];
		});
	});
	return {
		over,
		awaiting: awaiting!,
		finish: (result: string) => finish(result),
		fail: (error: unknown) => fail(error),
	};
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
	let settled = false;
	void promise.then(() => (settled = true));
	await new Promise(setImmediate);
	return settled;
}

describe('a request that is waited for', () => {
	it('is woken by its end, with all who wait for it, and nobody else', async () => {
		const waits = ['w1', 'w1', 'w2'].map((requestId) => waiting({ deploymentId: 'd', requestId }));
		expect(wakeAwaiting('w1')).toBe(true);
		expect(waits.map(({ awaiting }) => awaiting.wake.aborted)).toEqual([true, true, false]);
		for (const { finish, over } of waits) {
			finish('result');
			expect(await over).toBe('result');
		}
	});

	it('is known by its id from the submit on', async () => {
		const { awaiting, finish, over } = waiting({ deploymentId: 'd' });
		expect(wakeAwaiting('k1')).toBe(false);
		awaiting.known('k1');
		expect([wakeAwaiting('k1'), awaiting.wake.aborted]).toEqual([true, true]);
		finish('');
		await over;
	});

	it('is still known when its end comes again', async () => {
		const { finish, over } = waiting({ deploymentId: 'd', requestId: 'n1' });
		finish('');
		await over;
		expect([wakeAwaiting('n1'), wakeAwaiting('n2')]).toEqual([true, false]);
	});

	it.each<[string, unknown, boolean]>([
		['failed', new RunComfyError('run_failed', 'x'), true],
		['was canceled', new RunComfyError('run_canceled', 'x'), true],
		['was waited for too long', new RunComfyError('timed_out', 'x'), false],
		['a node has left alone', new RunComfyError('aborted', 'x'), false],
		['something else has hit', Object.assign(new Error('x'), { code: 'run_failed' }), false],
	])('that %s: whether its end is no news any more', async (what, error, known) => {
		const { fail, over } = waiting({ deploymentId: 'd', requestId: what });
		fail(error);
		await expect(over).rejects.toBe(error);
		expect(wakeAwaiting(what)).toBe(known);
	});
});

describe('the submits to a deployment', () => {
	it('have settled once each has an id, or never will', async () => {
		const [accepted, refused] = [0, 1].map(() => waiting({ deploymentId: 's1' }));
		const settled = submitsSettled('s1');
		expect(await isSettled(settled)).toBe(false);
		accepted!.awaiting.known('a1');
		expect(await isSettled(settled)).toBe(false);
		refused!.fail(new Error('x'));
		await expect(refused!.over).rejects.toThrow('x');
		expect(await isSettled(settled)).toBe(true);
		accepted!.finish('');
		await accepted!.over;
	});

	it('do not wait for those to another, nor for a request that has an id', async () => {
		const other = waiting({ deploymentId: 's2' });
		const known = waiting({ deploymentId: 's3', requestId: 'b1' });
		expect(await isSettled(submitsSettled('s3'))).toBe(true);
		for (const { finish, over } of [other, known]) {
			finish('');
			await over;
		}
	});

	it('count also where no node waits for the result', async () => {
		let finish = (_id: string) => undefined as void;
		const submitting = whileSubmitting(
			{ deploymentId: 's4' },
			() => new Promise<string>((resolve) => (finish = resolve)),
		);
		const settled = submitsSettled('s4');
		expect(await isSettled(settled)).toBe(false);
		finish('id');
		expect(await submitting).toBe('id');
		expect(await isSettled(settled)).toBe(true);
	});
});

it('what is remembered is the newest', () => {
	const known = new Set<string>();
	for (const entry of ['a', 'b', 'c', 'd']) remember(known, entry, 3);
	expect([...known]).toEqual(['b', 'c', 'd']);
});

const { isAnswerLate, isFinal, isUnknown, waitForLate } = dist<typeof LateModule>(
	'node-red/runtime/runs/interrupted.cjs',
);

describe('an answer that may come late', () => {
	/** A host whose sleeps end when the test says so, or are aborted. */
	function createHost() {
		const slept: Array<{ ms: number; signal: AbortSignal | undefined; end: () => void }> = [];
		return {
			slept,
			sleep: (ms: number, signal?: AbortSignal) =>
				new Promise<void>((end) => void slept.push({ ms, signal, end })),
		};
	}

	it('is waited for, and no timer longer than that', async () => {
		const host = createHost();
		await waitForLate(host, Promise.resolve('answer'));
		expect(host.slept).toMatchObject([{ ms: 120_000, signal: { aborted: true } }]);
	});

	it('is given up after two minutes', async () => {
		const host = createHost();
		let over = false;
		const waiting = waitForLate(host, new Promise(() => undefined)).then(() => (over = true));
		await new Promise(setImmediate);
		expect([over, host.slept[0]?.signal?.aborted]).toEqual([false, false]);
		host.slept[0]?.end();
		expect(await waiting).toBe(true);
	});
});

describe('a submit that failed', () => {
	const unconfirmed = new RunComfyError('submit_unconfirmed', 'x');
	const stopped = new RunComfyError('aborted', 'x', { details: { submit: 'unconfirmed' } });
	const refused = new RunComfyError('aborted', 'x', { details: { submit: 'refused' } });

	it.each<[string, unknown, boolean, boolean]>([
		['nobody can tell of', unconfirmed, false, true],
		['was stopped before its answer', stopped, true, false],
		['was refused', refused, false, false],
		['has no details', new RunComfyError('aborted', 'x'), false, false],
		['is no error of RunComfy', Object.assign(new Error('x'), { ...unconfirmed }), false, false],
		['is no error', undefined, false, false],
	])('that %s', (_what, error, late, final) => {
		expect([isAnswerLate(error), isFinal(error)]).toEqual([late, final]);
		expect(isUnknown(error)).toBe(late || final);
	});

	it('is not taken for one by what it looks like', () => {
		const alike = { code: 'submit_unconfirmed', details: { submit: 'unconfirmed' } };
		expect([isAnswerLate(alike), isFinal(alike)]).toEqual([false, false]);
	});
});
