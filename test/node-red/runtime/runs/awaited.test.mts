// Which requests nodes wait for.
import { describe, expect, it } from '@jest/globals';
import type * as Core from '../../../../core/index.ts';
import type * as AwaitedModule from '../../../../node-red/runtime/runs/awaited.cts';
import { dist } from '../../support/dist.mts';

const { RunComfyError } = dist<typeof Core>('core/index.js');

const { remember, submitsSettled, wakeAwaiting, whileAwaiting } = dist<typeof AwaitedModule>(
	'node-red/runtime/runs/awaited.cjs',
);

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

	it('whose request is never named are no news that was seen', async () => {
		const { finish, over } = waiting({ deploymentId: 's4' });
		const settled = submitsSettled('s4');
		expect(await isSettled(settled)).toBe(false);
		finish('id');
		expect(await over).toBe('id');
		expect([await isSettled(settled), wakeAwaiting('id')]).toEqual([true, false]);
	});
});

it('what is remembered is the newest', () => {
	const known = new Set<string>();
	for (const entry of ['a', 'b', 'c', 'd']) remember(known, entry, 3);
	expect([...known]).toEqual(['b', 'c', 'd']);
});
