// Which callbacks are news, and which node has a route.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Host, HttpResponse } from '../../../../core/index.ts';
import type * as ChecksModule from '../../../../node-red/runtime/webhook/callback.cts';
import { dist } from '../../support/dist.mts';
import { leftEntry, useFlows } from '../../support/rig.mts';
import { post, startWebhook, type WebhookFlow } from '../../support/webhook.mts';

const { createCallbackCheck } = dist<typeof ChecksModule>('node-red/runtime/webhook/callback.cjs');

/** A journal that contains only what is given. */
const journalOf = (more: object) =>
	({
		opened: async () => undefined,
		live: () => [],
		deliveredBy: () => [],
		delivered: () => undefined,
		...more,
	}) as never;

/** Checks whose looks the test answers one by one. */
function openChecks(more: Partial<ChecksModule.CallbackCheckOptions> = {}) {
	const looks: Array<(status: number) => void> = [];
	const request = () =>
		new Promise<HttpResponse>((resolve) => {
			looks.push((status) => resolve({ status, headers: {}, body: '{}' }));
		});
	const clock = { sleep: async () => undefined, now: () => 0, monotonic: () => 0 };
	const host = { request, ...clock } as unknown as Host;
	const journal = journalOf({});
	const client = { host, baseUrl: 'https://api.test', apiVersion: 'v1' };
	const check = createCallbackCheck({
		nodeId: randomUUID(),
		journal,
		connect: () => ({ client }) as never,
		accept: async () => () => undefined,
		onTrouble: () => undefined,
		...more,
	});
	const call = (requestId: string) =>
		check({ ref: { deploymentId: 'd', requestId }, said: 'succeeded', query: {} });
	return { call, looks };
}

describe('callbacks', () => {
	it('of a flood cost at most 300 looks at once', async () => {
		const { call, looks } = openChecks();
		const calls = Array.from({ length: 310 }, (_, index) => call(`r${index}`));
		expect(await Promise.all(calls.slice(300))).toEqual(Array.from({ length: 10 }, () => 503));
		expect(looks).toHaveLength(300);
		for (const answer of looks) answer(404);
		expect(new Set(await Promise.all(calls.slice(0, 300)))).toEqual(new Set([404]));
	});

	it('whose message an earlier process has left on its way are not told again', async () => {
		const { call, looks } = openChecks({
			journal: journalOf({ live: () => [leftEntry({ requestId: 'r' })] }),
		});
		expect(await call('r')).toBe(200);
		expect(looks).toEqual([]);
	});
});

const start = useFlows();

const routes = (flow: WebhookFlow) =>
	(
		flow.httpNode() as unknown as { _router?: { stack: Array<{ route?: { path: string } }> } }
	)._router?.stack.flatMap(({ route }) => route?.path ?? []);

/** Whether the node answers at a path: an empty body gets 400, a missing route 404. */
const answers = async (flow: WebhookFlow, path: string) =>
	(await post(flow.address.replace('/runcomfy', path), '')) === 400;

describe('the route', () => {
	it('moves with the path, and leaves nothing behind', async () => {
		const flow = await startWebhook(start);
		for (const [type, path] of [
			['nodes', '/other'],
			['full', '/runcomfy'],
			['flows', 'no/slash'],
		] as const) {
			await flow.redeploy(type, { path });
			expect(routes(flow)).toEqual([path === 'no/slash' ? '/no/slash' : path]);
		}
		expect(await answers(flow, '/no/slash')).toBe(true);
		expect(await answers(flow, '/runcomfy')).toBe(false);
		await flow.redeploy('nodes', { d: true });
		expect(routes(flow)).toEqual([]);
	});

	it('keeps away from what else Node-RED serves', async () => {
		const flow = await startWebhook(start);
		const app = flow.httpNode() as unknown as {
			post(path: string, handler: (request: unknown, answer: { end(): void }) => void): void;
		};
		app.post('/runcomfy', (_request, answer) => answer.end());
		await flow.redeploy('nodes', { path: '/elsewhere' });
		expect(routes(flow)).toEqual(['/runcomfy', '/elsewhere']);
		await flow.redeploy('nodes', { path: '/runcomfy' });
		expect(flow.warned.at(-1)).toContain('this one receives nothing: POST /runcomfy');
		expect(flow.shown.at(-1)).toMatchObject({ fill: 'red', text: 'runcomfy.status.taken' });
	});

	it.each(['/a/:id', '/a*', '/(a)', '/a b', '/ä'])('of the pattern %s is refused', async (path) => {
		const flow = await startWebhook(start, { path });
		expect(routes(flow) ?? []).toEqual([]);
		expect(flow.warned).toEqual([expect.stringContaining('The path must')]);
		expect(flow.shown.at(-1)).toMatchObject({ fill: 'red', text: 'runcomfy.status.badPath' });
	});

	it('is not there where Node-RED serves no HTTP nodes', async () => {
		const flow = await startWebhook(start, {}, { settings: { httpNodeRoot: false } });
		expect(routes(flow) ?? []).toEqual([]);
		expect(flow.shown.at(-1)).toMatchObject({ text: 'runcomfy.status.noHttp' });
	});

	it('goes through the middleware of the settings', async () => {
		const settings = {
			httpNodeMiddleware: (
				{ headers }: { headers: Record<string, string> },
				answer: { sendStatus(code: number): void },
				next: () => void,
			) => (headers['x-pass'] ? next() : answer.sendStatus(401)),
		};
		const flow = await startWebhook(start, {}, { settings });
		expect(await post(flow.address, '')).toBe(401);
		expect(await post(flow.address, '', { 'x-pass': 'yes' })).toBe(400);
	});
});

describe('two nodes with one path', () => {
	const second = (path: string) => ({
		nodes: [{ id: 'two', type: 'runcomfy-webhook', config: 'cfg', path, wires: [] }],
	});

	it.each(['/runcomfy', '/RunComfy/'])('%s: the first has it, the other says so', async (path) => {
		const flow = await startWebhook(start, {}, second(path));
		expect(flow.warned).toEqual([expect.stringContaining('serves the same path')]);
		expect(flow.warnings('two').join()).toContain('this one receives nothing');
		expect(await answers(flow, '/runcomfy')).toBe(true);
	});

	it('the other gets it when the first moves on, without a restart of its own', async () => {
		const flow = await startWebhook(start, {}, second('/runcomfy'));
		await flow.redeploy('nodes', { path: '/new' });
		expect(routes(flow)?.sort()).toEqual(['/new', '/runcomfy']);
		// It has no secret.
		expect(await post(flow.address, '')).toBe(403);
	});
});
