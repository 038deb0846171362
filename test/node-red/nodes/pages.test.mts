// The editor half: the page of every node, with its dialog, texts and help.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as StatusModule from '../../../node-red/runtime/node/status.ts';
import { expectNamed } from '../../support/expect.mts';
import { dist, root } from '../support/dist.mts';
import {
	ALL,
	blocks,
	definition,
	definitions,
	help,
	html,
	isHidden,
	lookup,
} from '../support/editorPage.mts';
import { TYPES } from '../support/rig.mts';

describe('all editor HTML', () => {
	// The script of all dialogs takes 47 KB, and a checkbox about 220 bytes: raise the limit if a field is worth it.
	it('stays below 104 KB without its help', () => {
		const bytes = ALL.reduce((sum, type) => sum + Buffer.byteLength(html(type)), 0);
		expect(bytes).toBeLessThan(104 * 1024);
	});

	it('has one family colour, and otherwise only those of the theme', () => {
		expect(new Set(ALL.map((type) => definition(type).color)).size).toBe(1);
		for (const type of ALL) {
			const colours = html(type).match(/#[0-9a-f]{3,8}\b|\brgba?\(/gi) ?? [];
			expect(colours).toEqual([definition(type).color]);
		}
	});
});

describe.each(ALL)('%s', (type) => {
	const isConfig = type === 'runcomfy-config';
	const prefix = isConfig ? 'node-config-input-' : 'node-input-';

	it('registers itself by a literal name', () => {
		const calls = [...html(type).matchAll(/RED\.nodes\.registerType\((.*?),/g)];
		expect(calls.map(([, name]) => name)).toEqual([`"${type}"`]);
		expect([...definitions.keys()].sort()).toEqual([...ALL].sort());
	});

	it('has validators that may give a reason: to Node-RED a text is "valid" where they take one argument', () => {
		const { defaults } = definition(type);
		const lengths = Object.values(defaults).flatMap(({ validate }) => validate?.length ?? []);
		expect(lengths.every((length) => length === 2)).toBe(true);
	});

	it('has an input element for every default and credential, and a label for each one shown', () => {
		const form = blocks(html(type), 'text/html');
		const { defaults, credentials = {} } = definition(type);
		// Lists store values for which the dialog has no form element.
		const names = [...Object.keys(defaults), ...Object.keys(credentials)].filter(
			(name) => name !== 'rows',
		);
		expect(form.includes('id="runcomfy-rows"')).toBe('rows' in defaults);
		for (const name of names) {
			const element = new RegExp(`<(input|select)[^>]*id="${prefix}${name}"`).exec(form)?.[0] ?? '';
			expectNamed(element, name).not.toBe('');
			const hidden = isHidden(name);
			expectNamed(/type="hidden"/.test(element), name).toBe(hidden);
			if (!hidden) expectNamed(form, name).toContain(`for="${prefix}${name}"`);
		}
		const ids = [...form.matchAll(/id="node-(?:config-)?input-([^"]+)"/g)].map(([, id]) => id);
		expect(ids.sort()).toEqual(names.sort());
	});

	it('uses only texts that en-US.json has', () => {
		const used = [
			...html(type).matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g),
			...html(type).matchAll(/"(runcomfy\.[\w.]+)"/g),
		].map(([, key]) => String(key));
		expect(used.length).toBeGreaterThan(3);
		for (const key of used) {
			expectNamed(lookup(type, key), key).toEqual(expect.any(String));
		}
	});

	it('has complete help', () => {
		const text = blocks(help(type), 'text/markdown', ` data-help-name="${type}"`);
		expect(text.trim().split('\n')[0]).toMatch(/^[A-Z].+\.$/);
		const sections = isConfig
			? ['Properties', 'Details', 'References']
			: ['Inputs', 'Outputs', 'Properties', 'Details', 'References'];
		expect([...text.matchAll(/^### (.+)$/gm)].map(([, title]) => title)).toEqual(sections);
		expect(html(type)).toContain(`data-template-name="${type}"`);
		// Node-RED's Markdown requires this form for a property; with one more colon, it is plain text.
		const properties = text.split('\n').filter((line) => /^\s*:/.test(line));
		expect(properties.length).toBeGreaterThan(2);
		for (const line of properties) expect(line).toMatch(/^: [^:]+ \([^:]+\) : [^:]+\.$/);
	});
});

describe('a dialog shows at first', () => {
	const shownIn = (form: string) =>
		[...form.matchAll(/for="node-(?:config-)?input-(\w+)"/g)].map(([, name]) => String(name));
	const folds = /<details[^>]*>.*?<\/details>/gs;

	// Other fields are below headings; some appear only if another field requires them.
	it.each([
		[
			'runcomfy-run',
			'name config target deploymentId modelId inputMode overrides randomSeeds output directory outputNodes progress',
		],
		['runcomfy-submit', 'name config target deploymentId modelId inputMode overrides randomSeeds'],
		['runcomfy-config', 'apiToken name'],
	])('of %s no more than %s', (type, names) => {
		const form = blocks(html(type), 'text/html');
		expect(shownIn(form.replaceAll(folds, ''))).toEqual(names.split(' '));
		const folded = form.match(folds) ?? [];
		expect(folded.length).toBeGreaterThan(0);
		for (const one of folded) expect(shownIn(one).length).toBeGreaterThan(1);
	});
});

it('a new run node waits, gives files, keeps what runs, and shows its inputs as rows', () => {
	const { defaults } = definition('runcomfy-run');
	const values = Object.entries(defaults).map(([name, { value }]) => [name, value]);
	expect(Object.fromEntries(values)).toMatchObject({
		target: 'deployment',
		inputMode: 'rows',
		output: 'files',
	});
});

describe.each(TYPES)('%s in the palette', (type) => {
	const { defaults, ...node } = definition(type);

	it('is in the category RunComfy, with its own icon', () => {
		expect(node).toMatchObject({
			category: 'RunComfy',
			inputs: 1,
			outputs: 1,
			icon: `${type}.svg`,
		});
		expect(existsSync(join(root, 'dist/node-red/nodes', type, 'icons', `${type}.svg`))).toBe(true);
	});

	// Node-RED also uses this label as the title of the dialog: "Edit RunComfy run node".
	it('says whose it is, even if no category does', () => {
		expect(node.paletteLabel).toBe(type.replace('runcomfy-', 'RunComfy '));
	});

	it('demands an account', () => {
		expect(defaults['config']).toMatchObject({ type: 'runcomfy-config', required: true });
	});

	it('has a type beside every typed field, and a validator that lets variables through', () => {
		const typed = Object.keys(defaults).filter((name) => `${name}Type` in defaults);
		expect(typed.length).toBeGreaterThan(1);
		for (const name of typed) {
			const { validate } = defaults[name] ?? {};
			const values = Object.fromEntries(
				Object.entries(defaults).map(([key, { value }]) => [key, value]),
			);
			const isUnchosen = name === 'deploymentId' && 'targetName' in defaults;
			const answer = isUnchosen ? 'Deployment is empty' : true;
			expectNamed(validate?.call(values, values[name], {}), name).toBe(answer);
			expectNamed(validate?.call(values, '${MY_VARIABLE}', {}), name).toBe(true);
		}
	});
});

describe('status texts', () => {
	const { idleStatusOf } = dist<typeof StatusModule>('node-red/runtime/node/status.js');
	const PHASES = ['waiting', 'requesting', 'inQueue', 'running', 'fetching', 'done'];
	const STATES = [
		...['in_queue', 'in_progress', 'completed', 'succeeded', 'failed', 'canceled'],
		...['cancellation_requested', 'not_cancellable', 'unknown'],
	] as Array<Parameters<typeof idleStatusOf>[0]>;
	const COUNTED = {
		nRunning: /^__n__/,
		nQueued: /^__n__/,
		inQueueAt: /__n__/,
		seconds: /__n__/,
	};

	it.each(TYPES)('of %s are all in its catalogue', (type) => {
		const text = (name: string) => lookup(type, `runcomfy.status.${name}`);
		for (const name of [...PHASES, ...STATES.map((state) => idleStatusOf(state).state)]) {
			expectNamed(text(name), name).toMatch(/^.{1,19}$/);
		}
		for (const [name, values] of Object.entries(COUNTED)) {
			expectNamed(text(name), name).toMatch(values);
		}
	});
});

it('the help of a run node, with a line for each field, is a page, not a wall', () => {
	const texts = help('runcomfy-run')
		.split('<')
		.map((part) => part.slice(part.indexOf('>') + 1));
	const words = texts.join(' ').split(/\s+/);
	expect(words.filter((word) => /\w/.test(word)).length).toBeLessThanOrEqual(620);
});

describe('the examples', () => {
	const dir = join(root, 'examples');
	const all = readdirSync(dir).flatMap((file) =>
		(JSON.parse(readFileSync(join(dir, file), 'utf8')) as Array<Record<string, string>>).map(
			(node) => ({ file, node, type: String(node['type']) }),
		),
	);
	const nodes = all.filter(({ type }) => type.startsWith('runcomfy-'));

	const EDITORS_OWN = ['id', 'type', 'x', 'y', 'z', 'wires', 'credentials'];

	/** Fields that only the user can fill in, so the editor marks the node until then. */
	const TO_FILL_IN = ['workflowId', 'deploymentId'];

	// A node that is older than a field lacks it, as in users' flows.
	it.each(nodes)('$file gives $type fields that it has, and right values', ({ node, type }) => {
		const { defaults } = definition(type);
		const unknown = Object.keys(node).filter((name) => !(name in defaults));
		expect(unknown.filter((name) => !EDITORS_OWN.includes(name))).toEqual([]);
		for (const [name, { validate, required }] of Object.entries(defaults)) {
			if (!TO_FILL_IN.includes(name) || node[name]) {
				expectNamed(validate?.call(node, node[name], {}) ?? true, name).toBe(true);
			}
			if (required) expectNamed(node[name] || '', name).not.toBe('');
		}
	});

	it('set inputs in rows, without JSON by hand', () => {
		const submitting = nodes.filter(({ node }) => 'inputMode' in node);
		expect(submitting.length).toBeGreaterThan(10);
		expect(submitting.filter(({ node }) => node['inputMode'] !== 'rows')).toEqual([]);
		const byHand = all.filter(({ node }) => JSON.stringify(node).includes('"p":"overrides"'));
		expect(byHand).toEqual([]);
	});

	// The editor treats accounts with the same id as the same account.
	it('share one account, and each says in its comment how an import merges it', () => {
		const shared = all.filter(({ node }) => node['id'] === 'runcomfy_account');
		expect(shared.length).toBeGreaterThan(10);
		for (const { node, file } of shared) expectNamed(node, file).toEqual(shared[0]?.node);
		const comments = all.filter(({ type }) => type === 'comment');
		expect(comments.map(({ file }) => file)).toEqual(readdirSync(dir));
		for (const { node, file } of comments) {
			expectNamed(node['info']?.match(/choose \*Import copy\*/g), file).toHaveLength(1);
		}
	});

	it.each(all.filter(({ type }) => type === 'comment'))(
		'$file begins its comment within the canvas',
		({ node: { x, name = '' } }) => {
			// A node's position is its middle. The editor cuts off everything left of 0, and in a wide font a letter
			// takes 8.5 pixels.
			expect(Number(x)).toBeGreaterThanOrEqual((name.length * 8.5 + 40) / 2);
		},
	);
});
