// The record of one run's facts, without a flow.
import { describe, expect, it } from '@jest/globals';
import type * as FactsModule from '../../../../node-red/runtime/runs/runFacts.cts';
import { dist } from '../../support/dist.mts';

const { onRunsChanged, recentRuns, recordFacts, tellRunsChanged } = dist<typeof FactsModule>(
	'node-red/runtime/runs/runFacts.cjs',
);

const NOW = 100_000;
const seen = { request_id: 'r', deployment_id: 'd', raw: {}, elapsed_ms: 0 };
const record = (topic: unknown = 7, now = () => NOW) =>
	recordFacts({ job: 'j', nodeId: 'n', topic }, now);

/** How often listeners are told of a change while something is done. */
function timesTold(work: () => void): number {
	let told = 0;
	const stop = onRunsChanged(() => (told += 1));
	work();
	stop();
	return told;
}

describe('a record of facts', () => {
	it('begins with a message of which nothing was submitted', () => {
		expect(record().read()).toStrictEqual({
			...{ job: 'j', nodeId: 'n', phase: 'requesting', state: 'not_submitted', arrivedAt: NOW },
		});
		expect(record('x'.repeat(200)).read().topic).toBe('x'.repeat(100));
		const taken = recordFacts({ job: 'j', nodeId: 'n', topic: 't', resumed: true }, () => NOW);
		expect(taken.read()).toMatchObject({ topic: 't', resumed: true });
	});

	it('knows when it was submitted', () => {
		let now = NOW;
		const facts = record(7, () => now);
		now += 5_000;
		facts.noteSubmit();
		expect(facts.read()).toMatchObject({
			...{ arrivedAt: NOW, submittedAt: NOW + 5_000, state: 'in_queue' },
		});
	});

	it('knows its place in the queue only while it has one', () => {
		const facts = record();
		facts.noteSubmit();
		facts.noteProgress({ ...seen, status: 'in_queue', queue_position: 3 });
		expect(facts.read()).toMatchObject({ queuePosition: 3, state: 'in_queue' });
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 2_000, expected_ms: 40_000 });
		expect(facts.read()).toMatchObject({ startedAt: 98_000, estimatedMs: 40_000 });
		expect(facts.read()).not.toHaveProperty('queuePosition');
	});

	it('knows since when it runs from the first look that saw it, as long as it does', () => {
		let now = NOW;
		const facts = record(7, () => now);
		facts.noteProgress({ ...seen, status: 'in_queue' });
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 1_000 });
		now += 10_000;
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 11_200 });
		expect(facts.read().startedAt).toBe(99_000);
		facts.noteProgress({ ...seen, status: 'in_queue' });
		expect(facts.read()).not.toHaveProperty('startedAt');
	});

	it('knows since when it runs also where it was never seen in the queue after its submit', () => {
		const facts = record();
		facts.noteSubmit();
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 0 });
		expect(facts.read().startedAt).toBe(NOW);
	});

	it('does not guess since when something runs that ran at the first look after a restart', () => {
		const facts = record();
		facts.noteProgress({ ...seen, status: 'in_progress', running_ms: 0 });
		expect(facts.read()).not.toHaveProperty('startedAt');
	});

	it('takes from a message what it has, and keeps the rest', () => {
		const facts = record();
		facts.noteMessage({ requestId: 'r', deploymentId: 'd' });
		const file = (n: number) => ({ filename: `${n}.png`, kind: 'image', url: `https://x/${n}` });
		const files = [1, 2, 3, 4, 5].map((n) => ({ ...file(n), node: '9', type: 'output' }));
		facts.noteMessage({ runcomfy: { files } } as never);
		facts.noteMessage({ runcomfy: { files: [] } } as never);
		facts.noteMessage({ runcomfy: { files: 'none' } } as never);
		facts.noteMessage({});
		expect(facts.read()).toMatchObject({ requestId: 'r', deploymentId: 'd' });
		expect(facts.read().files).toStrictEqual([1, 2, 3, 4].map(file));
	});

	it('tells of changes only, and no listener can harm a run', () => {
		const facts = record();
		const stop = onRunsChanged(() => {
			throw new Error('of the listener');
		});
		const looks = () => {
			for (let n = 0; n < 5; n += 1) facts.noteProgress({ ...seen, status: 'in_queue' });
		};
		expect([timesTold(looks), timesTold(looks)]).toEqual([1, 0]);
		expect(timesTold(() => facts.note({ phase: 'fetching', state: 'in_queue' }))).toBe(1);
		expect(timesTold(() => facts.note({ phase: undefined, queuePosition: undefined }))).toBe(1);
		expect(facts.read()).not.toHaveProperty('phase');
		expect(timesTold(tellRunsChanged)).toBe(1);
		stop();
	});

	it('tells nobody who has stopped listening', () => {
		let told = 0;
		onRunsChanged(() => (told += 1))();
		tellRunsChanged();
		expect(told).toBe(0);
	});
});

describe('a run that has ended', () => {
	it.each([
		['succeeded', 'succeeded'],
		['run_failed', 'failed'],
		['run_canceled', 'canceled'],
		['timed_out', 'in_queue'],
	])('with %s is %s, and changes no more', (outcome, state) => {
		const facts = record();
		facts.noteSubmit();
		facts.noteProgress({ ...seen, status: 'in_queue', queue_position: 3 });
		expect(timesTold(() => facts.end(outcome, 'y'.repeat(600)))).toBe(1);
		expect(facts.read()).toStrictEqual({
			...{ job: 'j', nodeId: 'n', phase: 'ended', state, outcome, reason: 'y'.repeat(500) },
			...{ arrivedAt: NOW, submittedAt: NOW, endedAt: NOW },
		});
		expect(timesTold(() => facts.note({ phase: 'fetching' }))).toBe(0);
		expect([facts.read().phase, recentRuns()[0]]).toEqual(['ended', facts.read()]);
	});

	it('without a reason has none', () => {
		const facts = record();
		facts.end('succeeded');
		expect(facts.read()).not.toHaveProperty('reason');
	});

	it('is kept with the last 50', () => {
		for (let run = 0; run < 60; run += 1) {
			recordFacts({ job: `j${run}`, nodeId: 'n', topic: '' }, Date.now).end('succeeded');
		}
		expect(recentRuns()).toHaveLength(50);
		expect(recentRuns()[0]?.job).toBe('j59');
	});
});
