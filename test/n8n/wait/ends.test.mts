// What never ends by itself: with Retry On Fail, a node that parks still gives up, and submits nothing again meanwhile.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import type * as Library from '../../../simulator/index.ts';
import { rateLimited, unauthorized } from '../../support/answers.mts';
import { useLongRuns, useSmallN8n } from '../support/parked.mts';
import {
	codeOf,
	CONTINUE,
	idsOf,
	itemsOf,
	type Json,
	namedIn,
	RETRY,
	useRig,
	useServers,
	workflowOf,
} from '../support/rig.mts';

const rig = useRig({ fast: true });
const n8n = useSmallN8n(rig);
const runs = useLongRuns(rig, n8n);

const serve = useServers();

type Job = Library.Job;

const MINUTE_MS = 60_000;

const stepOf = (options: Json = {}, settings: Json = {}, more: Json = {}) =>
	workflowOf({ parameters: runs.toRun(options, more), settings: { ...RETRY, ...settings } });

const itemsOfSize = (count: number) => Array.from({ length: count }, (_item, n) => ({ n }));

const CONTINUES = { ...RETRY, ...CONTINUE };

const refuse = (after: number) =>
	rig.simulator.inject(rateLimited({ on: 'submit', after, times: Infinity, retryAfter: 5 }));

describe('with Retry On Fail, a run that never ends', () => {
	it('fails with its timeout, which begins once', async () => {
		const { id } = n8n.start(stepOf({ timeout: 20 }));
		const begun = rig.clock.now();
		const done = await n8n.live(id, 5 * MINUTE_MS);
		expect([codeOf(done), rig.countOf('submit'), rig.countOf('cancel')]).toEqual([
			'timed_out',
			1,
			0,
		]);
		expect(rig.clock.now() - begun).toBeLessThan(MINUTE_MS);
		expect(namedIn(done)).toMatchObject([{ item: 0, request_id: rig.paid()[0] }]);
	});

	it('is looked at by a try that comes after its timeout, and then picked up by Executions > Retry with a new one', async () => {
		const { id } = n8n.start(stepOf({ timeout: 20 }));
		await n8n.live(id, 5 * MINUTE_MS);
		const retried = n8n.retry(id, stepOf({ timeout: 20, cancelOnTimeout: true }));
		await rig.clock.sleep(10_000);
		runs.end();
		await n8n.live(retried.id, MINUTE_MS);
		expect(idsOf(await retried.until())).toEqual(rig.paid());
		expect([rig.countOf('submit'), rig.countOf('cancel')]).toEqual([1, 0]);
	});

	it('comes out as an error item if the node continues', async () => {
		const { id } = n8n.start(stepOf({ timeout: 20 }, CONTINUES), { inputs: itemsOfSize(2) });
		const done = await n8n.live(id, 5 * MINUTE_MS);
		expect(itemsOf(done).map(({ json }) => json['error_code'])).toEqual(['timed_out', 'timed_out']);
		expect(rig.countOf('submit')).toBe(2);
	});

	it('of a hosted model, which cannot be canceled any more, fails with its timeout', async () => {
		const options = { timeout: 20, cancelOnTimeout: true, downloadFiles: false };
		const parameters = rig.toRunModel({ prompt: 'a fox' }, { options });
		const { id } = n8n.start(workflowOf({ parameters, settings: RETRY }));
		expect(codeOf(await n8n.live(id, 5 * MINUTE_MS))).toBe('timed_out');
		expect(rig.countOf('models.submit')).toBe(1);
	});

	it('of Get Result fails with its timeout', async () => {
		const submit = workflowOf({ parameters: runs.toRun({}, { operation: 'submit' }) });
		const [requestId] = idsOf(await n8n.start(submit).until());
		const wait = { operation: 'getResult', requestId, waitForCompletion: true };
		const { id } = n8n.start(stepOf({ timeout: 20 }, {}, wait));
		expect(codeOf(await n8n.live(id, 5 * MINUTE_MS))).toBe('timed_out');
	});
});

describe('with Retry On Fail, a submit that is refused for ever', () => {
	it('ends beside a run that ends, at most two sends for each end, and four in each try after that', async () => {
		refuse(1);
		rig.simulator.update({ latencyMs: 5 * MINUTE_MS });
		const { id } = n8n.start(stepOf(), { inputs: itemsOfSize(2) });
		const done = await n8n.live(id, 30 * MINUTE_MS);
		expect([codeOf(done), rig.paid().length]).toEqual(['rate_limited', 1]);
		expect(rig.countOf('submit')).toBeLessThanOrEqual(2 + 3 * 4);
	});

	it('ends beside a run that never ends, with its timeout', async () => {
		refuse(1);
		const { id } = n8n.start(stepOf({ timeout: 20 }), { inputs: itemsOfSize(2) });
		const done = await n8n.live(id, 30 * MINUTE_MS);
		// Each of the two tries after that sends it once more.
		expect([codeOf(done), rig.countOf('submit')]).toEqual(['timed_out', 2 + 2]);
	});

	it('comes out as an error item if the node continues, beside the result of the other', async () => {
		rig.simulator.inject(
			rateLimited({
				on: 'submit',
				times: Infinity,
				retryAfter: 5,
				deployment_id: runs.deploymentId,
			}),
		);
		rig.simulator.update({ latencyMs: 5 * MINUTE_MS });
		const other = rig.copyOf();
		const deploymentId = {
			__rl: true,
			mode: 'id',
			value: `={{ $json.n === 0 ? '${runs.deploymentId}' : '${other}' }}`,
		};
		const json = stepOf({}, CONTINUES, { deploymentId });
		const { id } = n8n.start(json, { inputs: itemsOfSize(2) });
		const items = itemsOf(await n8n.live(id, 30 * MINUTE_MS)).map((item) => item.json);
		expect(items).toMatchObject([{ error_code: 'rate_limited' }, { status: 'succeeded' }]);
		expect(rig.paid()).toHaveLength(1);
	});

	it('has few submits sent more than once, if RunComfy allows fewer at a time than Concurrency', async () => {
		rig.simulator.update({ latencyMs: 20_000, maxInstances: 100 });
		rig.credential['baseUrl'] = await serveAtMost(10);
		const { id } = n8n.start(stepOf({ concurrency: 50 }), { inputs: itemsOfSize(100) });
		expect(idsOf(await n8n.live(id, 60 * MINUTE_MS))).toHaveLength(100);
		expect(rig.paid()).toHaveLength(100);
		// At first, as many as Concurrency; then, at most two for each request that ends.
		expect(submits).toBeLessThanOrEqual(50 + 2 * 100);
	});
});

/** Submits that were sent, refused ones included. */
let submits = 0;

/** The simulator, as an account that may have this many requests open. */
function serveAtMost(most: number): Promise<string> {
	submits = 0;
	let accepting = 0;
	const isOpen = ({ state }: Job) => state === 'in_queue' || state === 'in_progress';
	const open = () => [...rig.simulator.jobs.values()].filter(isOpen).length;
	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const { url = '', method = 'GET', headers } = request;
		const isSubmit = url.includes('/inference');
		if (isSubmit) submits += 1;
		if (isSubmit && open() + accepting >= most) {
			response.writeHead(429, { 'retry-after': '1' }).end('{"message":"Too Many Requests"}');
			return;
		}
		if (isSubmit) accepting += 1;
		const { authorization = '', 'content-type': type = '' } = headers;
		const sent = method === 'GET' ? null : await text(request);
		const answered = await fetch(rig.simulator.url + url, {
			method,
			headers: { authorization, 'content-type': type },
			body: sent,
		});
		const body = await answered.text();
		if (isSubmit) accepting -= 1;
		response.writeHead(answered.status, { 'content-type': 'application/json' }).end(body);
	};
	return serve((request, response) => void answer(request, response));
}

it('with Retry On Fail, a token that is revoked while the execution is parked ends it, and names the request', async () => {
	const goOn = rig.clock.hold();
	const { id, until } = n8n.start(stepOf());
	await until('waiting');
	for (const on of ['status', 'result'] as const) {
		rig.simulator.inject(unauthorized({ on, times: Infinity }));
	}
	goOn();
	const done = await n8n.live(id, 40 * MINUTE_MS);
	expect([codeOf(done), rig.countOf('submit')]).toEqual(['auth_failed', 1]);
	expect(namedIn(done)).toMatchObject([{ item: 0, request_id: rig.paid()[0] }]);
});

it('fifty parked items of a stopped execution are submitted again by one retry', async () => {
	const json = stepOf({ concurrency: 50 });
	const goOn = rig.clock.hold();
	const { id, until } = n8n.start(json, { inputs: itemsOfSize(50) });
	await until('waiting');
	await n8n.stop(id);
	goOn();
	await rig.clock.sleep(MINUTE_MS);
	expect(rig.countOf('cancel')).toBe(50);
	rig.simulator.update({ latencyMs: 1_000 });
	const again = n8n.retry(id);
	expect(idsOf(await n8n.live(again.id, 10 * MINUTE_MS))).toHaveLength(50);
	expect(rig.countOf('submit')).toBe(100);
});
