// The example for Dashboard 2.0, which is no dev dependency: with what it needs it has 135 MB. What
// its widgets need is taken from its version 1.31.0; the flow itself runs with stand-ins for them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually, expectNamed } from '../support/expect.mts';
import { root } from './support/dist.mts';
import { useExampleRig } from './support/exampleRig.mts';

interface Widget extends Record<string, unknown> {
	id: string;
	type: string;
	name: string;
}

const nodes = JSON.parse(
	readFileSync(join(root, 'examples', 'dashboard.json'), 'utf8'),
) as Widget[];

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

/** What a field refers to. */
const REFERENCES: Readonly<Record<string, string>> = {
	group: 'ui-group',
	page: 'ui-page',
	ui: 'ui-base',
	theme: 'ui-theme',
};

describe('the example for Dashboard 2.0', () => {
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
});

describe('its flow', () => {
	const rig = useExampleRig();
	const shows = (name: string) => ({
		...{ type: 'debug', name, active: true, console: true },
		...{ complete: 'payload', targetType: 'msg' },
	});
	const STAND_INS: Readonly<Record<string, object>> = {
		'ui-text-input': { type: 'change', rules: [] },
		'ui-button': { type: 'inject', name: 'button', props: [{ p: 'payload' }] },
		'ui-progress': shows('bar'),
		'ui-text': shows('text'),
		'ui-template': shows('picture'),
	};
	const standIn = ({ type }: { type: string }) =>
		STAND_INS[type] ?? (type.startsWith('ui-') ? { type: 'comment' } : {});
	const said = (name: string) =>
		rig.printed().flatMap((line) => line.split(`[debug:${name}] `).slice(1));

	it('shows how far a run is, and its picture', async () => {
		const flow = await rig.open('dashboard', standIn);
		await rig.inject(flow, 'a first prompt');
		const kept = `${rig.nodeRed.url}/context/flow/runcomfy_dashboard_tab/prompt`;
		await eventually(async () => (await fetch(kept)).text()).toContain('a lighthouse');
		rig.simulator.update({ latencyMs: 2_500 });
		await rig.inject(flow, 'button');
		await rig.prints(/\[debug:bar\] 100/);
		await rig.prints(/\[debug:picture\] http\S+\.png/);
		await rig.prints(/\[debug:text\] done/);
		const [job] = rig.simulator.jobs.values();
		expect(job?.graph['6']?.inputs['text']).toBe('a lighthouse in a storm');
		expect(said('bar')[0]).toBe('0');
		expect(said('text')).toContainEqual(expect.stringMatching(/^running · \d s$/));

		// How long such runs take is known by now.
		await rig.inject(flow, 'button');
		await rig.prints(/\[debug:bar\] 100[\s\S]*\[debug:bar\] 100/);
		const numbers = said('bar').map(Number);
		expect(numbers.filter((percent) => percent > 0 && percent < 100)).not.toEqual([]);
		expect(said('text')).toContainEqual(expect.stringMatching(/^running · \d s \/ ~\d s$/));
	});

	it('says what went wrong', async () => {
		const { deploymentIds } = rig.simulator;
		const flow = await rig.open('dashboard', (node) => ({
			...standIn(node),
			...(node.type === 'runcomfy-run' ? { deploymentId: deploymentIds.noFunds } : {}),
		}));
		await rig.inject(flow, 'button');
		await rig.prints(/\[debug:text\] [^\n]*balance|\[debug:text\] [^\n]*funds/i);
	});
});
