// The example with Dashboard 2.0 as a user imports it.
import { describe, expect, it } from '@jest/globals';
import { expectNamed } from '../support/expect.mts';
import { exampleOf, type FlowNode, useExamples } from './support/importedFlow.mts';
import { turns } from './support/rig.mts';

const { open } = useExamples();

/** The fields without which a node of Dashboard 2.0 is invalid or shows nothing. */
const NEEDED: Readonly<Record<string, string[]>> = {
	'ui-base': ['name', 'path', 'acceptsClientConfig'],
	'ui-theme': ['name', 'colors', 'sizes'],
	'ui-page': ['name', 'ui', 'path', 'layout', 'theme', 'breakpoints'],
	'ui-group': ['name', 'page', 'width'],
	'ui-text-input': ['group', 'label', 'mode'],
	'ui-button': ['group', 'label', 'payload', 'payloadType', 'enableClick'],
	'ui-progress': ['group', 'label'],
	'ui-text': ['group', 'label', 'value', 'valueType'],
	'ui-template': ['group', 'format', 'templateScope'],
};

/** The nodes that a field refers to. */
const REFERENCES: Readonly<Record<string, string>> = {
	group: 'ui-group',
	page: 'ui-page',
	ui: 'ui-base',
	theme: 'ui-theme',
};

// The real Dashboard 2.0 is too large for a dev dependency (135 MB): test/e2e/tests/node-red-recipes.test.mjs
// installs it. Here, the requirements of its widgets are copied from version 1.31.0, and the flow runs with
// stand-ins.
describe('dashboard', () => {
	const nodes = exampleOf('dashboard');
	const widgets = nodes.filter(({ type }) => type.startsWith('ui-'));

	it('has a prompt, a button, a bar, a text and a picture, each once', () => {
		expect(widgets.map(({ type }) => type).sort()).toEqual(Object.keys(NEEDED).sort());
	});

	it.each(widgets)('gives $type what it needs', (node) => {
		for (const field of NEEDED[node.type] ?? []) {
			expectNamed(node[field] === undefined || node[field] === '', field).toBe(false);
		}
		for (const [field, type] of Object.entries(REFERENCES)) {
			if (!node[field]) continue;
			expectNamed(nodes.find(({ id }) => id === node[field])?.type, field).toBe(type);
		}
	});

	const sinks = ['ui-progress', 'ui-text', 'ui-template'];
	const STAND_INS: Readonly<Record<string, object>> = {
		'ui-text-input': { type: 'change', rules: [] },
		'ui-button': { type: 'inject', name: 'button', props: [{ p: 'payload' }] },
	};
	const standIn = ({ type }: FlowNode) =>
		STAND_INS[type] ?? (type.startsWith('ui-') && !sinks.includes(type) ? { type: 'comment' } : {});

	it('shows how far a run is, and its picture', async () => {
		const flow = await open('dashboard', standIn, { sinks });
		flow.press('a first prompt');
		await turns(20);
		flow.press('button');
		await flow.outputs('picture');
		await turns(20);
		const [job] = flow.simulator.jobs.values();
		expect(job?.graph['6']?.inputs['text']).toBe('a lighthouse in a storm');
		expect(flow.output('picture')).toEqual([expect.stringMatching(/^http\S+\.png/)]);
		const [bar, text] = [flow.output('ui-progress'), flow.output('ui-text')];
		expect([bar[0], bar.at(-1)]).toEqual([0, 100]);
		expect([text[0], text.at(-1)]).toEqual(['runcomfy.status.requesting', 'done']);
	});

	it('says what went wrong', async () => {
		const flow = await open(
			'dashboard',
			(node, { noFunds }) => ({
				...standIn(node),
				...(node.type === 'runcomfy-run' ? { deploymentId: noFunds } : {}),
			}),
			{ sinks },
		);
		flow.press('a first prompt');
		await turns(20);
		flow.press('button');
		await flow.outputs('ui-text', 2);
		expect(flow.output('ui-text').at(-1)).toMatch(/insufficient_funds/);
	});
});
