// Which requests nodes are waiting for.
import { describe, expect, it } from '@jest/globals';
import type * as Core from '../../../../core/index.ts';
import type * as RunModule from '../../../../node-red/runtime/runs/run.cts';
import { dist } from '../../support/dist.mts';

const { RunComfyError } = dist<typeof Core>('core/index.js');
const { Run, submitsSettled, wakeRuns } = dist<typeof RunModule>('node-red/runtime/runs/run.cjs');

/** A run that the test ends. */
function waiting(
	ids: { deploymentId: string; requestId?: string },
	kind: RunModule.RunKind = 'run',
) {
	const run = new Run(kind, { node: { id: 'n' } } as never, {} as never);
	run.note(ids);
	let wake: AbortSignal | undefined;
	let finish: (result: string) => void = () => undefined;
	let fail: (error: unknown) => void = () => undefined;
	const over = run.whileAwaiting((given) => {
		wake = given;
		return new Promise<string>((resolve, reject) => {
			[finish, fail] = [resolve, reject];
		});
	});
	return {
		over,
		wake: wake!,
		known: (requestId: string) => run.note({ requestId }),
		finish: (result: string) => finish(result),
		fail: (error: unknown) => fail(error),
	};
}

/** Whether a promise has settled. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
	let settled = false;
	void promise.then(() => (settled = true));
	await new Promise(setImmediate);
	return settled;
}

describe('a request that is waited for', () => {
	it('is woken by its end, with all who wait for it, and nobody else', async () => {
		const waits = ['w1', 'w1', 'w2'].map((requestId) => waiting({ deploymentId: 'd', requestId }));
		expect(wakeRuns('w1')).toBe(true);
		expect(waits.map(({ wake }) => wake.aborted)).toEqual([true, true, false]);
		for (const { finish, over } of waits) {
			finish('result');
			expect(await over).toBe('result');
		}
	});

	it('is known by its id from the submit on', async () => {
		const { wake, known, finish, over } = waiting({ deploymentId: 'd' });
		expect(wakeRuns('k1')).toBe(false);
		known('k1');
		expect([wakeRuns('k1'), wake.aborted]).toEqual([true, true]);
		finish('');
		await over;
	});

	it('is still known when its end comes again', async () => {
		const { finish, over } = waiting({ deploymentId: 'd', requestId: 'n1' });
		finish('');
		await over;
		expect([wakeRuns('n1'), wakeRuns('n2')]).toEqual([true, false]);
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
		expect(wakeRuns(what)).toBe(known);
	});
});

describe('the submits to a deployment', () => {
	it('have settled once each has an id, or never will', async () => {
		const [accepted, refused] = [0, 1].map(() => waiting({ deploymentId: 's1' }));
		const settled = submitsSettled('s1');
		expect(await isSettled(settled)).toBe(false);
		accepted!.known('a1');
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

	it('of a run that does not wait for the end count, and that end is news', async () => {
		const { known, finish, over } = waiting({ deploymentId: 's4' }, 'submit');
		const settled = submitsSettled('s4');
		expect(await isSettled(settled)).toBe(false);
		known('c1');
		expect([await isSettled(settled), wakeRuns('c1')]).toEqual([true, false]);
		finish('');
		await over;
		expect(wakeRuns('c1')).toBe(false);
	});
});
