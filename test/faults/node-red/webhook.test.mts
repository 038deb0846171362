// RunComfy calls the webhook node, whose look at the result fails, or posts what is not a callback.
import { gzipSync } from 'node:zlib';
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	it,
	jest,
} from '@jest/globals';
import helper from 'node-red-node-test-helper';
import { CODES } from '../../../core/index';
import { submitted, turns } from '../../node-red/support/rig.mts';
import { post, type WebhookFlow } from '../../node-red/support/webhook.mts';
import { type FrontedFlow, startFrontedWebhook, TOKEN } from '../support/nodeRed.mts';
import { rightOf } from '../support/right.mts';
import { wireFaultsFor } from '../support/wire.mts';

beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());
beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));

const json = { 'content-type': 'application/json' };
const IDS = '"request_id":"req-1","deployment_id":"dep-1"';
const levels = `${'['.repeat(9000)}${']'.repeat(9000)}`;

const BODIES: Array<[what: string, body: string | Buffer, status: number, type?: string]> = [
	['HTML', '<html><title>502</title></html>', 400, 'text/html'],
	['HTML that calls itself JSON', '<html></html>', 400],
	['nothing', '', 400],
	['half of the JSON', '{"request_id":"req-1","deploy', 400],
	['null', 'null', 400],
	['a text', '"ok"', 400],
	['a number', '7', 400],
	['a list', '[]', 400],
	['a list of callbacks', `[{${IDS}}]`, 400],
	['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]), 400],
	['compressed JSON', gzipSync(`{${IDS}}`), 400],
	['no ids', '{}', 400],
	['a form', 'request_id=req-1&deployment_id=dep-1', 400, 'application/x-www-form-urlencoded'],
	['a request without a deployment', '{"request_id":"req-1"}', 400],
	['an id that leads elsewhere', '{"request_id":"../../balance","deployment_id":"dep-1"}', 400],
	['an id with a line break', '{"request_id":"a\\r\\nb","deployment_id":"dep-1"}', 400],
	['an id of dots', '{"request_id":"r","deployment_id":".."}', 400],
	['a long id', `{"request_id":"${'r'.repeat(10_000)}","deployment_id":"d"}`, 400],
	['ids that are no text', '{"request_id":{"a":1},"deployment_id":[]}', 400],
	['deep JSON', '['.repeat(200_000), 400],
	['levels as id', `{"request_id":${levels},"deployment_id":"d"}`, 400],
	['ids within __proto__', `{"__proto__":{${IDS}}}`, 400],
	['more than 5 MB', `{${IDS},"outputs":"${'x'.repeat(6 * 2 ** 20)}"}`, 413],
	['ids that nobody knows', `{${IDS},"status":"succeeded"}`, 404],
	['ids that nobody knows, as a text', `{${IDS}}`, 404, 'text/plain'],
	['ids that nobody knows, and levels', `{${IDS},"outputs":${levels}}`, 404],
];

describe('Node-RED runtime', () => {
	describe('webhook in', () => {
		let flow: FrontedFlow & WebhookFlow;
		beforeAll(async () => {
			flow = await startFrontedWebhook();
		});
		afterEach(() => {
			flow.front.disarm();
			expect('polluted' in {}).toBe(false);
		});
		afterAll(() => flow.stop());

		/** The callback of a request that has ended. */
		async function ended(): Promise<string> {
			const { requestId, deploymentId } = await submitted(flow);
			await flow.later(5_000);
			const body = { request_id: requestId, deployment_id: deploymentId, status: 'succeeded' };
			return JSON.stringify(body);
		}

		it.each(wireFaultsFor('webhook in', 'read').map((fault) => [fault.name, fault] as const))(
			'%s at the look',
			async (_, fault) => {
				const body = await ended();
				const before = flow.sent.length;
				flow.front.arm(/^GET .*\/result$/, fault);
				flow.limit.ms = fault.kind === 'silent' ? 100 : Infinity;
				const { code } = rightOf('read', fault.kind);
				const again = code !== 'ok' && CODES[code as keyof typeof CODES].repeat !== 'no';
				const status = await post(flow.address, body, json);
				flow.front.disarm();
				flow.limit.ms = Infinity;
				expect(status).toBe(code === 'ok' ? 200 : again ? 503 : 404);
				expect(flow.sent.length - before).toBe(code === 'ok' ? 1 : 0);
				expect(JSON.stringify(flow.warned)).not.toContain(TOKEN);
				expect([
					await post(flow.address, body, json),
					await post(flow.address, body, json),
				]).toEqual([200, 200]);
				await turns(5);
				expect(flow.sent.length - before).toBe(1);
			},
		);

		it.each(BODIES)('a body of %s', async (_what, body, status, type = 'application/json') => {
			const before = flow.sent.length;
			expect(await post(flow.address, body, { 'content-type': type })).toBe(status);
			expect(flow.sent).toHaveLength(before);
			expect(await post(flow.address, await ended(), json)).toBe(200);
			await turns(5);
			expect(flow.sent).toHaveLength(before + 1);
		});
	});
});
