// The editor half: what a browser loads, read without one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type * as MigrateModule from '../../node-red/lib/migrate.cts';
import type * as StatusModule from '../../node-red/lib/status.cts';
import { dist, root } from './support/dist.mts';
import { TYPES } from './support/flow.mts';

const { versionOf } = dist<typeof MigrateModule>('node-red/lib/migrate.cjs');

type Validator = (this: object, value: unknown, opt?: object) => unknown;
interface Definition {
	category: string;
	color: string;
	icon?: string;
	inputs?: number;
	outputs?: number;
	defaults: Record<
		string,
		{ value: unknown; type?: string; required?: boolean; validate?: Validator }
	>;
	credentials?: Record<string, { type: string }>;
	label(): string;
	paletteLabel?(): string;
}

const ALL = ['runcomfy-config', ...TYPES];
const read = (type: string, file: string) =>
	readFileSync(join(root, 'dist', 'node-red', type, file), 'utf8');
const html = (type: string) => read(type, `${type}.html`);
const help = (type: string) => read(type, join('locales', 'en-US', `${type}.html`));
/** The contents of all script elements of a kind, one after the other. */
const blocks = (text: string, kind: string, attribute = '') =>
	[
		...text.matchAll(
			new RegExp(`<script type="${kind}"${attribute}[^>]*>([\\s\\S]*?)</script>`, 'g'),
		),
	]
		.map(([, content]) => content)
		.join('\n');
const catalogue = (type: string) =>
	JSON.parse(read(type, join('locales', 'en-US', `${type}.json`))) as Record<string, unknown>;

function lookup(type: string, key: string): unknown {
	return key
		.split('.')
		.reduce<unknown>(
			(texts, part) => (texts as Record<string, unknown> | undefined)?.[part],
			catalogue(type),
		);
}

/** Runs all scripts as the editor does, one after the other in one page. */
function loadEditor() {
	const definitions = new Map<string, Definition>();
	const context = createContext({
		$: () => ({ val: () => undefined }),
		RED: {
			_: (key: string, values: Record<string, string> = {}) => {
				const [, set, path] = /^n8n-nodes-runcomfy\/([\w-]+):(.+)$/.exec(key) ?? [];
				const text = String(set && path && lookup(set, path));
				return text.replace(/__(\w+)__/g, (_all, name: string) => String(values[name]));
			},
			nodes: {
				registerType: (type: string, definition: Definition) => definitions.set(type, definition),
			},
			utils: {
				validateTypedProperty: (value: string, type: string) => {
					if (type === 'num') return !Number.isNaN(Number(value)) || 'not a number';
					if (type === 'json') return JSON.parse(value) !== undefined;
					return true;
				},
			},
		},
	});
	// Order is not Node-RED's to promise: the shared helper must not be needed before it is loaded.
	for (const type of [...ALL].reverse()) {
		runInContext(blocks(html(type), 'text/javascript'), context, { filename: `${type}.html` });
	}
	return definitions;
}

const definitions = loadEditor();
const definition = (type: string) => definitions.get(type) as Definition;

describe('all editor HTML', () => {
	// Of these, 24 KB are the script that fills the lists of deployments, inputs and choices.
	it('stays below 64 KB without its help', () => {
		const bytes = ALL.reduce((sum, type) => sum + Buffer.byteLength(html(type)), 0);
		expect(bytes).toBeLessThan(64 * 1024);
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
		expect(calls.map(([, name]) => name)).toEqual([`'${type}'`]);
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
		// What an element of its own could not hold is kept by a list.
		const names = [...Object.keys(defaults), ...Object.keys(credentials)].filter(
			(name) => name !== 'rows',
		);
		expect(form.includes('id="runcomfy-rows"')).toBe('rows' in defaults);
		for (const name of names) {
			const element = new RegExp(`<(input|select)[^>]*id="${prefix}${name}"`).exec(form)?.[0] ?? '';
			expect(element, name).not.toBe('');
			const hidden = /Type$|^(schemaVersion|outputs)$/.test(name);
			expect(/type="hidden"/.test(element), name).toBe(hidden);
			if (!hidden) expect(form, name).toContain(`for="${prefix}${name}"`);
		}
		const ids = [...form.matchAll(/id="node-(?:config-)?input-([^"]+)"/g)].map(([, id]) => id);
		expect(ids.sort()).toEqual(names.sort());
	});

	it('uses only texts that its catalogue has, and its catalogue has no others of its own', () => {
		const used = [
			...html(type).matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g),
			...html(type).matchAll(/_\('([^']+)'/g),
		].map(([, key]) => String(key));
		for (const key of used.filter((key) => !key.endsWith('.'))) {
			expect(lookup(type, key), key).toEqual(expect.any(String));
		}
		const own = JSON.stringify(catalogue(type)[type]).match(/"\w+":"/g) ?? [];
		expect(own).toHaveLength(new Set(used.filter((key) => key.startsWith(`${type}.`))).size);
	});

	it('has complete help', () => {
		const text = blocks(help(type), 'text/markdown', ` data-help-name="${type}"`);
		expect(text.trim().split('\n')[0]).toMatch(/^[A-Z].+\.$/);
		const sections = isConfig
			? ['Properties', 'Details', 'References']
			: ['Inputs', 'Outputs', 'Details', 'References'];
		expect([...text.matchAll(/^### (.+)$/gm)].map(([, title]) => title)).toEqual(sections);
		expect(html(type)).toContain(`data-template-name="${type}"`);
		// Node-RED's Markdown takes a property only in this form: with one more colon it is plain text.
		const properties = text.split('\n').filter((line) => /^\s*:/.test(line));
		expect(properties.length).toBeGreaterThan(2);
		for (const line of properties) expect(line).toMatch(/^: [^:]+ \([^:]+\) : [^:]+\.$/);
	});
});

describe.each(TYPES)('%s in the palette', (type) => {
	const { defaults, ...node } = definition(type);

	it('stands in the category RunComfy with an icon of its own', () => {
		expect(node).toMatchObject({
			category: 'RunComfy',
			// A webhook is called from outside.
			inputs: type === 'runcomfy-webhook' ? 0 : 1,
			outputs: 1,
			icon: `${type}.svg`,
		});
		expect(existsSync(join(root, 'dist/node-red/runcomfy-config/icons', `${type}.svg`))).toBe(true);
	});

	it('has the schema version that old flows are brought to', () => {
		expect(defaults['schemaVersion']?.value).toBe(versionOf(type));
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
			// Only a deployment must be chosen before the first deploy.
			const chosen = values[name] === '' && name === 'deploymentId' ? 'some-id' : values[name];
			expect(validate?.call(values, chosen, {}), name).toBe(true);
			expect(validate?.call(values, '${MY_VARIABLE}', {}), name).toBe(true);
		}
	});
});

describe('validators say why', () => {
	const check = (name: string, type: string, value: string, more: object = {}) =>
		definition('runcomfy-run').defaults[name]?.validate?.call(
			{ [`${name}Type`]: type, ...more },
			value,
			{},
		);

	it.each([
		['deploymentId', 'str', '', 'Deployment is empty'],
		['deploymentId', 'str', 'a b', 'Deployment must not contain blanks or slashes'],
		['deploymentId', 'str', 'https://www.runcomfy.com/deployments/x', true],
		['deploymentId', 'msg', '', 'Deployment is empty'],
		['timeout', 'num', '-1', 'Timeout (s) must be a number from 0'],
		['timeout', 'num', '', true],
		['timeout', 'num', 'x', 'not a number'],
		['overrides', 'json', '', true],
	])('%s as %s %j', (name, type, value, answer) => {
		expect(check(name, type, value)).toBe(answer);
	});

	it('a directory is demanded only where files are saved', () => {
		expect(check('directory', 'str', '', { output: 'files' })).toBe(true);
		expect(check('directory', 'str', '', { output: 'saved' })).toBe('Directory is empty');
	});

	it.each([
		['baseUrl', 'localhost:4010', 'Base URL must begin with http:// or https://'],
		['baseUrl', '', true],
		['baseUrl', 'http://127.0.0.1:4010', true],
		['concurrency', '0', 'Concurrency must be a whole number from 1'],
		['concurrency', '${N}', true],
		['concurrency', 10, true],
		['concurrency', '', 'Concurrency must be a whole number from 1'],
		// An account from before the field existed, or written by hand: the runtime has a default.
		['concurrency', undefined, true],
		['queueLimit', undefined, true],
		['queueLimit', 'many', 'Queue limit must be a number from 0'],
	])('%s %j of an account', (name, value, answer) => {
		const { validate } = definition('runcomfy-config').defaults[name] ?? {};
		expect(validate?.call({}, value, {})).toBe(answer);
	});
});

describe('the rows of a node', () => {
	const check = (row: object, spec?: object, more: object = {}) => {
		const node = { inputMode: 'rows', ...more };
		const rows = [{ nodeId: '31', input: 'steps', label: '31 → steps', spec, ...row }];
		return definition('runcomfy-run').defaults['rows']?.validate?.call(node, rows);
	};
	const steps = { kind: 'integer', min: 1, max: 100 };

	it.each([
		['num', '20', steps, true],
		['num', '0', steps, '31 → steps: must be at least 1'],
		['num', '101', steps, '31 → steps: must be at most 100'],
		['num', '1.5', steps, '31 → steps: must be a whole number'],
		['str', 'many', steps, '31 → steps: must be a number'],
		['str', '${STEPS}', steps, true],
		['num', '18446744073709551615', { kind: 'integer', min: 0, max: 2 ** 64 }, true],
		['num', '', steps, '31 → steps: a value is missing'],
		['str', '', { kind: 'string' }, true],
		['msg', '', { kind: 'string' }, '31 → steps: a value is missing'],
		['msg', 'payload', steps, true],
		['random', '', steps, true],
		['bool', 'false', { kind: 'boolean' }, true],
		['choice', 'anything', { kind: 'choice' }, true],
		['str', 'x', undefined, true],
	])('%s %j for %j: %s', (type, value, spec, answer) => {
		expect(check({ type, value }, spec)).toBe(answer);
	});

	it('do not count in the other mode, nor where an old node has none', () => {
		expect(check({ type: 'num', value: 'x' }, steps, { inputMode: 'json' })).toBe(true);
		const { validate } = definition('runcomfy-run').defaults['rows'] ?? {};
		expect(validate?.call({}, undefined)).toBe(true);
	});
});

describe('status texts', () => {
	const { statusKey, stateOutcome } = dist<typeof StatusModule>('node-red/lib/status.cjs');

	it.each(TYPES)('of %s are all in its catalogue', (type) => {
		const phases = ['waiting', 'requesting', 'inQueue', 'running', 'fetching', 'done'];
		const states = [
			...['in_queue', 'in_progress', 'completed', 'succeeded', 'failed', 'canceled'],
			...['cancellation_requested', 'not_cancellable', 'unknown'],
		] as Array<Parameters<typeof stateOutcome>[0]>;
		const counted = ['nRunning', 'nQueued', 'inQueueAt', 'runningFor', 'seconds'];
		const keys = [...phases, ...counted].map(statusKey);
		for (const key of [...keys, ...states.map((state) => stateOutcome(state).text)]) {
			const text = lookup(type, key);
			expect(text, key).toEqual(expect.any(String));
			expect(String(text).length).toBeLessThan(20);
		}
		expect(lookup(type, statusKey('nRunning'))).toMatch(/^__n__/);
		expect(lookup(type, statusKey('nQueued'))).toMatch(/^__n__/);
		expect(lookup(type, statusKey('inQueueAt'))).toContain('__n__');
		expect(lookup(type, statusKey('runningFor'))).toContain('__time__');
		expect(lookup(type, statusKey('runningOf'))).toMatch(/__time__.*__total__/);
		expect(lookup(type, statusKey('seconds'))).toContain('__n__');
	});
});

describe('the examples', () => {
	const dir = join(root, 'examples');
	const nodes = readdirSync(dir).flatMap((file) =>
		(JSON.parse(readFileSync(join(dir, file), 'utf8')) as Array<Record<string, string>>)
			.filter((node) => node['type']?.startsWith('runcomfy-'))
			.map((node) => ({ file, node, type: String(node['type']) })),
	);

	it.each(nodes)('$file gives $type every field of its dialog', ({ node, type }) => {
		const { defaults } = definition(type);
		expect(Object.keys(defaults).filter((name) => !(name in node))).toEqual([]);
	});
});
