// RunComfy calls the trigger, whose look at the result fails, or posts what is not a callback.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CODES } from '../../../core/index';
import { closeTriggers, startTrigger } from '../../n8n/support/trigger.mts';
import { TOKEN, useFrontedRig } from '../support/n8n.mts';
import { rightOf } from '../support/right.mts';
import { wireFaultsFor } from '../support/wire.mts';

const rig = useFrontedRig();
closeTriggers();

beforeEach(() => void jest.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => rig.front.disarm());

/** Milliseconds for a look, in the place of eight seconds, where there is no answer. */
const LIMIT_MS = 300;

const PLAIN = { parameters: { options: { downloadFiles: false } } };
const IDS = '"request_id":"req-1","deployment_id":"dep-1"';

const BODIES: Array<[what: string, body: string, status: number]> = [
	['HTML', '<html><title>502</title></html>', 422],
	['nothing', '', 422],
	['half of the JSON', '{"request_id":"req-1","deploy', 422],
	['null', 'null', 400],
	['a text', '"ok"', 400],
	['a list', '[]', 400],
	['no ids', '{}', 400],
	['a request without a deployment', '{"request_id":"req-1"}', 400],
	['an id that leads elsewhere', '{"request_id":"../../balance","deployment_id":"dep-1"}', 400],
	['an id with a line break', '{"request_id":"a\\r\\nb","deployment_id":"dep-1"}', 400],
	['an id of 201 characters', `{"request_id":"${'x'.repeat(201)}","deployment_id":"d"}`, 400],
	[
		'levels as id',
		`{"request_id":${'['.repeat(9000)}${']'.repeat(9000)},"deployment_id":"d"}`,
		400,
	],
	['ids within __proto__', `{"__proto__":{${IDS}}}`, 400],
	['ids that nobody knows', `{${IDS},"status":"succeeded"}`, 404],
	[
		'ids that nobody knows, and levels',
		`{${IDS},"outputs":${'['.repeat(9000)}${']'.repeat(9000)}}`,
		404,
	],
];

describe('n8n engine', () => {
	describe('webhook in', () => {
		it.each(wireFaultsFor('webhook in', 'read').map((fault) => [fault.name, fault] as const))(
			'%s at the look',
			async (_, fault) => {
				const trigger = await startTrigger(rig, PLAIN);
				const ref = {
					requestId: rig.ended,
					deploymentId: rig.simulator.deploymentIds.textToImage,
				};
				rig.front.arm(/^GET .*\/result$/, fault);
				const { timeout } = AbortSignal;
				if (fault.kind === 'silent') {
					jest
						.spyOn(AbortSignal, 'timeout')
						.mockImplementation((ms) => timeout.call(AbortSignal, Math.min(ms, LIMIT_MS)));
				}
				const { code } = rightOf('read', fault.kind);
				const status = await trigger.callBack(ref);
				AbortSignal.timeout = timeout;
				if (code === 'ok') {
					expect([status, trigger.executions.length]).toEqual([200, 1]);
				} else {
					const again = CODES[code as keyof typeof CODES].repeat !== 'no';
					expect([status, trigger.executions.length]).toEqual([again ? 503 : 404, 0]);
					expect(trigger.logged.join()).toContain(`the request ${rig.ended} could not be checked`);
					expect(trigger.logged.join()).not.toContain('stopped');
				}
				expect(trigger.logged.join()).not.toContain(TOKEN);
				rig.front.disarm();
				expect([await trigger.callBack(ref), await trigger.callBack(ref)]).toEqual([200, 200]);
				expect(trigger.executions).toHaveLength(1);
			},
		);

		it.each(BODIES)('a body of %s', async (_, body, status) => {
			const trigger = await startTrigger(rig, PLAIN);
			expect(await trigger.post(body)).toBe(status);
			expect(trigger.executions).toEqual([]);
			const deploymentId = rig.simulator.deploymentIds.textToImage;
			expect(await trigger.callBack({ requestId: rig.ended, deploymentId })).toBe(200);
			expect(trigger.executions).toHaveLength(1);
		});
	});
});
