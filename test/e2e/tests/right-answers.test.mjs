// The table of correct answers, through whole hosts: a real n8n and real Node-REDs submit each row, and take or
// refuse it as ComfyUI would.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { until } from '../../../scripts/process.mjs';
import { CREDENTIAL } from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { RELEASES, startInstalled } from '../lib/node-red.mjs';
import {
	CONVERTED,
	COUNTS,
	DEPLOYMENT_ID,
	ROWS,
	startAnswersService,
	wrongAnswers,
} from '../lib/right-answers.mjs';

/** Sets up the tests of one `describe`: the service with the deployment, and a folder for the host. */
function useService() {
	const rig = {};
	before(async () => {
		rig.dir = mkdtempSync(join(tmpdir(), 'runcomfy-answers-'));
		rig.service = await startAnswersService();
	});
	after(async () => {
		await rig.host?.stop();
		await rig.service?.close();
		rmSync(rig.dir, { recursive: true, force: true });
	});
	rig.judge = (t, answers) => {
		assert.deepEqual(wrongAnswers(answers, rig.service.submits), []);
		const bodies = rig.service.submits.map((body) => JSON.stringify(body));
		assert.ok(bodies.includes(JSON.stringify(CONVERTED)));
		t.diagnostic(`right answers: ${COUNTS}`);
	};
	return rig;
}

const link = (node) => [{ node, type: 'main', index: 0 }];
const n8nWorkflow = {
	id: 'rightanswers0001',
	name: 'Right answers',
	nodes: [
		{
			id: 'start',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: 'rows',
			name: 'Rows',
			type: 'n8n-nodes-base.code',
			typeVersion: 2,
			position: [220, 0],
			parameters: {
				jsCode: `return ${JSON.stringify(ROWS.map(({ overrides }) => ({ json: { overrides } })))};`,
			},
		},
		{
			id: 'submit',
			name: 'Submit',
			type: 'n8n-nodes-runcomfy.runComfy',
			typeVersion: 1,
			position: [440, 0],
			onError: 'continueErrorOutput',
			credentials: { [CREDENTIAL.type]: { id: CREDENTIAL.id, name: CREDENTIAL.name } },
			parameters: {
				resource: 'request',
				operation: 'submit',
				inputMode: 'json',
				deploymentId: { __rl: true, mode: 'id', value: DEPLOYMENT_ID },
				overrides: '={{ JSON.stringify($json.overrides) }}',
			},
		},
	],
	connections: { Start: { main: [link('Rows')] }, Rows: { main: [link('Submit')] } },
	settings: { executionOrder: 'v1' },
};

void describe('right answers: n8n', () => {
	const rig = useService();
	before(async () => {
		const data = { apiToken: 'a-token-of-some-length', baseUrl: rig.service.url, apiVersion: 'v1' };
		rig.host = await startN8n({
			dir: rig.dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			workflows: [n8nWorkflow],
			credentials: [{ ...CREDENTIAL, data }],
		});
	});

	it('takes and refuses as ComfyUI does, row by row', { timeout: 60_000 }, async (t) => {
		const outcome = await executionsOf(rig.host).run(n8nWorkflow.id);
		assert.equal(outcome.status, 'success', JSON.stringify(outcome.error));
		const answers = [];
		for (const { json, pairedItem } of [0, 1].flatMap((at) => outcome.items('Submit', at))) {
			const { request_id: requestId, error_details: details, ...rest } = json;
			answers[pairedItem.item] = { ...rest, requestId, findings: details?.findings };
		}
		rig.judge(t, answers);
	});
});

const nodeRedFlow = ({ url }) => [
	{ id: 'tab', type: 'tab', label: 'Right answers' },
	{
		id: 'account',
		type: 'runcomfy-config',
		baseUrl: url,
		apiVersion: 'v1',
		credentials: { apiToken: 'a-token-of-some-length' },
	},
	{
		id: 'in',
		type: 'http in',
		z: 'tab',
		method: 'post',
		url: '/submit',
		wires: [['submit']],
	},
	{
		id: 'submit',
		type: 'runcomfy-submit',
		z: 'tab',
		config: 'account',
		inputMode: 'json',
		checkInputs: true,
		wires: [['taken']],
		deploymentId: DEPLOYMENT_ID,
		deploymentIdType: 'str',
	},
	{ id: 'caught', type: 'catch', z: 'tab', scope: ['submit'], wires: [['refused']] },
	{
		id: 'taken',
		type: 'function',
		z: 'tab',
		outputs: 1,
		wires: [['answer']],
		func: 'msg.payload = { requestId: msg.requestId }; return msg;',
	},
	{
		id: 'refused',
		type: 'function',
		z: 'tab',
		outputs: 1,
		wires: [['answer']],
		func: `const { message, code, cause } = msg.error;
			msg.payload = { message, code, findings: cause?.details?.findings };
			return msg;`,
	},
	{ id: 'answer', type: 'http response', z: 'tab', wires: [] },
];

for (const release of Object.keys(RELEASES)) {
	void describe(`right answers: Node-RED ${release}`, () => {
		const rig = useService();
		before(async () => {
			rig.host = await startInstalled(release, { userDir: join(rig.dir, 'user') });
			await rig.host.deploy(nodeRedFlow(rig.service));
		});

		// Node-RED answers a deploy before its flows have started.
		const submit = ({ overrides }) =>
			until('the flow answers', async () => {
				const answer = await fetch(`${rig.host.url}/submit`, {
					method: 'POST',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(overrides),
				});
				return answer.ok && answer.json();
			});

		it('takes and refuses as ComfyUI does, row by row', { timeout: 60_000 }, async (t) => {
			const answers = [];
			for (const row of ROWS) answers.push(await submit(row));
			rig.judge(t, answers);
		});
	});
}
