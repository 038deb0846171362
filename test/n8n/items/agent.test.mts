// The node as an agent's tool: the text that the model reads of a result or an error, and the runs that are paid for.
import { describe, expect, it } from '@jest/globals';
import { type AgentKind, AGENTS, ask } from '../support/agents.mts';
import {
	byId,
	everythingOf,
	itSince,
	type Json,
	RETRY,
	TOKEN,
	useRig,
	useServers,
} from '../support/rig.mts';

const rig = useRig({ fast: true, nodeTypes: AGENTS });
const serve = useServers();

const PROMPT =
	'={{ JSON.stringify({ 6: { inputs: { text: $fromAI("prompt", "What to draw") } } }) }}';

const tool = (more: Json = {}, settings: Json = {}) => ({
	parameters: rig.toRun({ overrides: PROMPT, ...more }),
	settings,
});

const byRequest = (operation: string) => ({
	parameters: {
		operation,
		deploymentId: byId('={{ $fromAI("deployment_id") }}'),
		requestId: '={{ $fromAI("request_id") }}',
	},
});

/** RunComfy names a request beside an error of its submit: the try fails, and the request goes on. */
const NAMED_BESIDE = { name: 'error_after_accept', status: 422, code: 422001 } as const;

const FOX = { tool: 'Draw', input: { prompt: 'a red fox' } };

interface Answer {
	request_id: string;
	deployment_id: string;
	status: string;
	files: Array<Record<string, string>>;
	texts: string[];
	next_step?: string;
}

const read = (answer: string | undefined) => (JSON.parse(String(answer)) as Answer[])[0]!;

const itOfEngine = itSince('2.41.0', 'an agent does not learn of a tool that failed in the engine');

describe.each<AgentKind>(['caller', 'engine'])('as the tool of an agent (%s)', (kind) => {
	const itWhenFailed = kind === 'engine' ? itOfEngine : it;

	it('gives addresses, kinds and ids in a few words, and no bytes, whatever the options say', async () => {
		const options = { downloadFiles: true, outputItems: 'file' };
		const { answers } = await ask(rig, kind, { Draw: tool({ options }) }, [FOX]);
		const answer = read(answers[0]);
		const [id] = rig.paid();
		expect(answer).toEqual({
			request_id: id,
			deployment_id: rig.simulator.deploymentIds.textToImage,
			status: 'succeeded',
			files: [
				{
					url: expect.stringMatching(/^http/),
					kind: 'image',
					mime_type: 'image/png',
					filename: expect.stringMatching(/\.png$/),
				},
			],
			texts: [],
		});
		expect(String(answers[0]).length).toBeLessThan(600);
		expect(rig.countOf('storage')).toBe(0);
		expect(rig.simulator.jobs.get(String(id))?.graph['6']?.inputs['text']).toBe('a red fox');
	});

	it('runs a hosted model, and follows its request by the id alone', async () => {
		const inputs = '={{ JSON.stringify({ prompt: $fromAI("prompt", "What to draw") }) }}';
		const parameters = rig.toRunModel(inputs);
		const drawn = await ask(rig, kind, { Draw: { parameters } }, [FOX]);
		expect(read(drawn.answers[0])).toEqual({
			request_id: rig.modelRuns()[0],
			status: 'succeeded',
			cost: 0.012,
			model_id: rig.simulator.modelIds.textToImage,
			base_price: '$0.012 / image',
			files: [expect.objectContaining({ kind: 'image', url: expect.stringMatching(/^http/) })],
			texts: [],
		});
		expect(rig.modelInputs()).toEqual([{ prompt: 'a red fox' }]);
		const Draw = { parameters: rig.toRunModel(inputs, { operation: 'submit' }) };
		const begun = read((await ask(rig, kind, { Draw }, [FOX])).answers[0]);
		expect(begun.next_step).toMatch(/with this request_id\.$/);
		const Fetch = {
			parameters: {
				resource: 'model',
				operation: 'getResult',
				waitForCompletion: true,
				requestId: '={{ $fromAI("request_id") }}',
			},
		};
		const call = { tool: 'Fetch', input: { request_id: begun.request_id } };
		const { answers } = await ask(rig, kind, { Fetch }, [call]);
		expect(read(answers[0])).toMatchObject({ status: 'succeeded', files: [{ kind: 'image' }] });
	});

	it('shortens long texts', async () => {
		const value = 'word '.repeat(2_000);
		const overrides = JSON.stringify({ '38:41': { inputs: { value } } });
		const deploymentId = byId(rig.simulator.deploymentIds.mixed);
		const { answers } = await ask(rig, kind, { Draw: tool({ overrides, deploymentId }) }, [FOX]);
		const text = read(answers[0]).texts.find((candidate) => candidate.startsWith('word'));
		expect(text).toMatch(/^(word )+… \(shortened\)$/);
		expect(text?.length).toBeLessThan(2_100);
	});

	it('submits, asks and fetches without keeping the agent waiting', async () => {
		rig.simulator.update({ latencyMs: 3_600_000 });
		const tools = {
			Draw: tool({ operation: 'submit' }),
			Look: byRequest('getStatus'),
			Fetch: byRequest('getResult'),
			Stop: byRequest('cancel'),
		};
		const submitted = read((await ask(rig, kind, tools, [FOX])).answers[0]);
		expect(Object.keys(submitted).sort()).toEqual(
			['deployment_id', 'next_step', 'request_id', 'status'].sort(),
		);
		expect(submitted.status).toBe('in_queue');
		expect(submitted.next_step).toMatch(/Do not submit it again/);

		const { request_id, deployment_id } = submitted;
		const input = { request_id, deployment_id };
		const calls = ['Look', 'Fetch', 'Stop', 'Look'].map((name) => ({ tool: name, input }));
		const { answers } = await ask(rig, kind, tools, calls.slice(0, 2));
		expect(read(answers[0])).toMatchObject({ ...input, status: 'in_progress' });
		expect(read(answers[1])).toMatchObject({ status: 'in_progress', files: [], texts: [] });
		expect(read(answers[1]).next_step).toMatch(/later/);

		rig.clock.pass(3_600_000);
		const later = await ask(rig, kind, tools, calls.slice(0, 3));
		expect(read(later.answers[0]).next_step).toMatch(/Get its result/);
		expect(read(later.answers[1])).toMatchObject({
			status: 'succeeded',
			files: [{ kind: 'image' }],
		});
		expect(read(later.answers[2])).toMatchObject({ ...input, status: 'not_cancellable' });
		expect(rig.countOf('submit')).toBe(1);
	});

	itWhenFailed('tells the model what went wrong and what to do, without the token', async () => {
		const Draw = tool({ deploymentId: byId(rig.simulator.deploymentIds.disabled) });
		const { answers, outcome } = await ask(rig, kind, { Draw }, [FOX]);
		expect(answers[0]).toMatch(/^error: .*10002.*\. Enable the deployment/);
		expect(answers[0]?.match(/Enable the deployment/g)).toHaveLength(1);
		expect(answers[0]).not.toMatch(/ at .*\.js/);
		expect(everythingOf(outcome)).not.toContain(TOKEN);
	});

	itWhenFailed(
		'tells the model to submit nothing again after a submit without a clear answer',
		async () => {
			rig.simulator.inject({ name: 'reset_after_accept', times: Infinity });
			const kept = tool({}, { onError: 'continueRegularOutput' });
			const { answers } = await ask(rig, kind, { Draw: tool(), Kept: kept }, [
				FOX,
				{ ...FOX, tool: 'Kept' },
			]);
			const said = /Do not submit it again, and tell the person: The request may be running/;
			expect(answers[0]).toMatch(said);
			expect(JSON.parse(String(answers[1]))[0].error_hint).toMatch(said);
		},
	);

	it('lists forty of many models, what each is for, and how to find others', async () => {
		const description = 'Makes pictures of anything. '.repeat(20);
		const one = { display_name: 'A', description, categories: ['image'], base_price_usd: 0.5 };
		const models = Array.from({ length: 300 }, (_, n) => ({
			...one,
			model_id: `maker/model-${n}`,
		}));
		rig.credential['baseUrl'] = await serve(({ url }, response) => {
			const { searchParams } = new URL(String(url), 'http://localhost');
			const [offset, limit] = ['offset', 'limit'].map((name) => Number(searchParams.get(name)));
			const page = models.slice(offset, offset! + limit!);
			response.end(JSON.stringify({ models: page, total: models.length }));
		});
		const parameters = { resource: 'model', operation: 'search', returnAll: true };
		const { answers } = await ask(rig, kind, { Search: { parameters } }, [
			{ tool: 'Search', input: {} },
		]);
		const given = JSON.parse(String(answers[0])) as Json[];
		expect(given).toHaveLength(41);
		expect(given[0]).toEqual({
			model_id: 'maker/model-0',
			categories: ['image'],
			description: expect.stringMatching(/^Makes pictures of anything.*…$/),
			price: '$0.50',
		});
		expect(given[40]?.['next_step']).toMatch(/more models: search/);
		expect(String(answers[0]).length).toBeLessThan(10_000);
	});

	it('picks up the request of a try that failed (Retry On Fail)', async () => {
		rig.simulator.inject(NAMED_BESIDE);
		const { answers } = await ask(rig, kind, { Draw: tool({}, RETRY) }, [FOX]);
		expect(read(answers[0])).toMatchObject({ status: 'succeeded', request_id: rig.paid()[0] });
		expect(rig.countOf('submit')).toBe(1);
	});

	it('submits each call, even if it is the same as an earlier one (P16)', async () => {
		const { answers } = await ask(rig, kind, { Draw: tool({}, RETRY) }, [FOX, FOX]);
		expect(answers.map((answer) => read(answer).request_id).sort()).toEqual(rig.paid().sort());
		expect(new Set(rig.paid()).size).toBe(2);
	});
});

it('is told the failure again if it makes the same call, and pays only for one with other inputs', async () => {
	rig.simulator.inject({ name: 'run_failed', times: 1 });
	const other = { tool: 'Draw', input: { prompt: 'a hen' } };
	const { answers } = await ask(rig, 'patient', { Draw: tool() }, [FOX, FOX, other]);
	expect(answers[0]).toMatch(/The run failed/);
	expect(answers[1]).toMatch(/The run failed/);
	expect(read(answers[2])).toMatchObject({ status: 'succeeded' });
	expect(rig.paid()).toHaveLength(2);
});

it.each([
	['other', ['a red fox', 'a blue fox']],
	['equal', ['a red fox', 'a red fox']],
])(
	'two calls of a tool at the same time, which n8n counts as one, are each submitted once, whichever fails and is tried again: with %s inputs',
	async (_what, prompts) => {
		rig.simulator.inject(NAMED_BESIDE);
		const Draw = tool({}, RETRY);
		const calls = prompts.map((prompt) => ({ tool: 'Draw', input: { prompt } }));
		const { answers } = await ask(rig, 'batch', { Draw }, calls);
		expect(answers.map((answer) => read(answer).request_id).sort()).toEqual(rig.paid().sort());
		expect(new Set(rig.paid()).size).toBe(2);
		expect(rig.countOf('submit')).toBe(2);
	},
);

it('an agent reads what each tool is for', async () => {
	const tools = { Draw: tool(), Stop: byRequest('cancel') };
	const { outcome } = await ask(rig, 'caller', tools, []);
	expect(outcome.items('Agent')[0]?.json['descriptions']).toEqual([
		'Cancel request in RunComfy',
		'Run ComfyUI workflow and wait in RunComfy',
	]);
});
