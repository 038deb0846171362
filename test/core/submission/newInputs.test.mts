// What is sent if an override sets inputs that the saved workflow lacks, or that another choice needs.
import { describe, expect, it } from '@jest/globals';
import { createClient, type Draft, prepare, type WorkflowApiJson } from '../../../core/index';
import { applyOverrides, type KnownWorkflow } from '../../../core/parsers';
import { GRAPH, OBJECT_INFO, readInfo, V3 } from '../support/workflows.mts';

// The workflow has a partner node, which is refused without a key.
const host = { monotonic: () => 0, toBase64: () => '', partnerKey: 'key' };
const client = createClient({ host: host as never });
const workflow: WorkflowApiJson = {
	...GRAPH,
	'50': {
		class_type: 'PaintingPartner',
		inputs: {
			model: 'painter 4',
			'model.size_preset': '1024x1024 (1:1)',
			'model.width': 2000,
			'model.thinking': 'off',
			prompt: 'a cat',
			seed: 18446744073709551615n,
		},
		_meta: { title: 'Painter' },
	},
	'51': { class_type: 'Widgets', inputs: { tags: { __value__: ['red'] } } },
};
const info = { ...readInfo(OBJECT_INFO), ...V3, Widgets: { ...V3['Widgets']!, outputNode: false } };

async function submission(
	draft: Partial<Draft>,
	newest: Partial<KnownWorkflow> = {},
	before = workflow,
) {
	const asked: (boolean | undefined)[] = [];
	const read = (_choice: unknown, fresh?: boolean) => {
		asked.push(fresh);
		return Promise.resolve({
			workflow: before,
			info,
			warnings: [],
			cached: !fresh,
			...(fresh ? newest : {}),
		});
	};
	const prepared = await prepare(client, { deploymentId: 'd', ...draft }, { readWorkflow: read });
	const { input, notes } = await prepared.withFiles();
	const { workflow: sent, rest } = applyOverrides(
		input.workflowApiJson ?? {},
		input.overrides ?? {},
	);
	return { input, notes, asked, sent, rest };
}

describe('inputs that the saved workflow lacks', () => {
	it('go with the whole workflow, as the newest has it, and a warning', async () => {
		const newest: WorkflowApiJson = {
			...workflow,
			'9': { class_type: 'SaveImage', inputs: { ...GRAPH['9']?.inputs, filename_prefix: 'new' } },
		};
		const { notes, asked, sent, rest } = await submission(
			{ overrides: { '3': { inputs: { note: 'hello' } }, '6': { inputs: { text: 'a dog' } } } },
			{ workflow: newest },
		);
		expect(asked).toEqual([undefined, true]);
		expect(rest).toEqual({});
		expect(sent).toEqual({
			...newest,
			'3': { ...newest['3'], inputs: { ...newest['3']?.inputs, note: 'hello' } },
			'6': { ...newest['6'], inputs: { ...newest['6']?.inputs, text: 'a dog' } },
		});
		expect(notes.warnings).toEqual([
			expect.stringMatching(/holds no value yet for 3 · Sampler → note\..*workflow_api_json/),
		]);
		expect(workflow['3']?.inputs).not.toHaveProperty('note');
	});

	it('of choices within choices, too', async () => {
		const fields = [
			{ nodeId: '50', input: 'model.thinking', label: 'L', source: 's', value: 'on' },
		].map((field) => ({ ...field, spec: { kind: 'string' as const } }));
		const { sent } = await submission({ fields });
		expect(sent['50']?.inputs).toMatchObject({
			'model.thinking': 'on',
			'model.thinking.depth': 0.5,
		});
	});
});

describe('nodes that have no inputs in the saved workflow', () => {
	it.each([[undefined], [null]])(
		'go with the whole workflow, and empty ones: %s',
		async (inputs) => {
			const bare = { class_type: 'Bare', inputs, _meta: { title: 'Bare' } } as never;
			const newest = { ...workflow, 60: bare };
			const { input, notes, sent, asked } = await submission(
				{ overrides: { '6': { inputs: { text: 'a dog' } } } },
				{ workflow: newest },
				newest,
			);
			expect(asked).toEqual([undefined, true]);
			expect(input.workflowApiJson?.['60']).toEqual({
				class_type: 'Bare',
				inputs: {},
				_meta: { title: 'Bare' },
			});
			expect(sent['6']?.inputs).toMatchObject({ text: 'a dog' });
			expect(notes.warnings).toEqual([
				expect.stringMatching(/no "inputs" at 60 · Bare, .*workflow_api_json/),
			]);
		},
	);
});
