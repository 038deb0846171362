// What a person reads while an execution is parked.
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type * as N8nWorkflow from 'n8n-workflow';
import { createRunTimes, recallRunTimes } from '../../../core/index.ts';
import type { OpenRequest } from '../../../nodes/RunComfy/session/entries.ts';
import { explain, WAITING_TOOLTIP, withExplanation } from '../../../nodes/RunComfy/wait/explain.ts';

const require = createRequire(import.meta.url);
const AT = new Date(2026, 0, 2, 3, 4, 5).getTime();

const request = (requestId: string, more: Partial<OpenRequest> = {}): OpenRequest => ({
	...{ ref: { requestId, deploymentId: 'dep-1' }, status: 'in_queue', since: AT },
	...more,
});

const undated = (requestId: string): OpenRequest => {
	const one = request(requestId);
	delete one.since;
	return one;
};

/** As n8n's editor evaluates it: see `waitingNodeTooltip` in its `executionUtils.ts`. */
function tooltip(resumeUrl: string): unknown {
	const { Workflow } = require('n8n-workflow') as typeof N8nWorkflow;
	const node = {
		...{ id: '1', name: 'Run', type: 't', typeVersion: 1, position: [0, 0] as [number, number] },
		parameters: {},
	};
	const workflow = new Workflow({
		...{ nodes: [node], connections: {}, active: false },
		nodeTypes: { getByNameAndVersion: () => ({ description: { properties: [] } }) } as never,
	});
	return workflow.expression.getSimpleParameterValue(node, WAITING_TOOLTIP, 'internal', {
		$execution: { id: '7', mode: 'test', resumeUrl },
	} as never);
}

describe('what is said of a wait', () => {
	it('names the request, its state and since when', () => {
		const runTimes = createRunTimes();
		expect(explain([request('req-1')], runTimes)).toBe(
			`Waiting since {${AT}} for RunComfy request req-1 of deployment dep-1. n8n goes on by itself when it has ended. Get Status asks RunComfy by the request ID.`,
		);
		recallRunTimes(runTimes, { 'dep-1': [45_000] });
		const running = request('req-1', {
			...{ status: 'in_progress', seen: { runningAt: AT + 7_000, looks: 1 } },
		});
		expect(explain([running], runTimes)).toMatch(
			`dep-1. It has been running since {${AT + 7_000}}. Runs of this deployment usually take 45 s.`,
		);
	});

	it('names the first of many, and none where nothing is submitted yet', () => {
		const many = Array.from({ length: 7 }, (_, index) =>
			request(`r${index}`, { since: AT + index }),
		);
		expect(explain(many, createRunTimes())).toMatch(
			`Waiting since {${AT}} for 7 RunComfy requests: r0, r1, r2, r3, r4 and 2 more.`,
		);
		expect(explain([], createRunTimes())).toBe('Waiting for its turn at RunComfy.');
	});

	it('names all of a few, since the first that is known to wait', () => {
		const few = [undated('r0'), request('r1'), request('r2')];
		expect(explain(few, createRunTimes())).toMatch(
			`Waiting since {${AT}} for 3 RunComfy requests: r0, r1, r2. n8n goes on`,
		);
		const five = Array.from({ length: 5 }, (_, index) => request(`r${index}`));
		expect(explain(five, createRunTimes())).toMatch('r3, r4. n8n goes on');
	});

	it('says no more than is known', () => {
		const said = (more: Partial<OpenRequest>) => explain([request('r', more)], createRunTimes());
		const end = ' for RunComfy request r of deployment dep-1. n8n goes on';
		expect(explain([undated('r')], createRunTimes())).toMatch(`Waiting${end}`);
		for (const more of [
			{ status: 'in_progress' },
			{ status: 'in_progress', seen: { looks: 1 } },
			{ status: 'in_queue', seen: { runningAt: AT, looks: 1 } },
		]) {
			expect(said(more as Partial<OpenRequest>)).toMatch(`Waiting since {${AT}}${end}`);
		}
	});

	it.each([
		[400, '1 s'],
		[119_000, '119 s'],
		[120_000, '2 min'],
		[620_000, '10 min'],
	])('tells of %i ms as %s', (ms, words) => {
		const runTimes = createRunTimes();
		recallRunTimes(runTimes, { 'dep-1': [ms] });
		expect(explain([request('r')], runTimes)).toMatch(`usually take ${words}. n8n`);
	});

	it('has nothing that an editor could take for HTML', () => {
		expect(explain([request('<b>&"x')], createRunTimes())).toMatch('request bx of');
	});

	it('reads well where the editor shows it, with the time of day there', () => {
		const text = explain([request('req-1')], createRunTimes());
		const shown = tooltip(withExplanation('http://n8n/webhook-waiting/7?signature=s', text));
		expect(shown).toMatch(
			/^Waiting since 03:04:05 for RunComfy request req-1 of deployment dep-1\. n8n goes on/,
		);
		expect(tooltip('http://n8n/webhook-waiting/7')).toMatch(/^Waiting for RunComfy\. n8n goes on/);
	});
});
