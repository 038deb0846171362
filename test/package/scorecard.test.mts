// The checks of Node-RED's scorecard, by their ids, on the published package, without a network. P02, P06 and P08 ask
// registries about other packages, so only their local half is checked.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import semver from 'semver';
import ts from 'typescript';
import { expectNamed } from '../support/expect.mts';
import { filesBelow, pack, type Packed, readJson } from './pack.mts';

interface Manifest {
	name: string;
	keywords: string[];
	engines: { node: string };
	dependencies: Record<string, string>;
	optionalDependencies?: Record<string, string>;
	peerDependencies?: Record<string, string>;
	'node-red': {
		version: string;
		nodes: Record<string, string>;
		plugins: Record<string, string>;
	};
}

/** The oldest Node.js of the latest Node-RED, and the Node-RED releases in use. */
const NODE_OF_LATEST_NODE_RED = '22.9.0';
const NODE_RED_RELEASES = ['4.1.15', '5.0.7'];

describe('Node-RED scorecard', () => {
	let packed: Packed;
	let manifest: Manifest;
	let sets: Array<ReturnType<typeof partsOf>>;

	/** Node-RED 4.0 derives a page's path from its runtime file by replacing `.js`. */
	const partsOf = ([set, file]: [string, string]) => ({
		set,
		english: join(packed.dir, file, '..', 'locales', 'en-US'),
		editor: readFileSync(join(packed.dir, file.replace(/\.js$/, '.html')), 'utf8'),
	});

	beforeAll(() => {
		packed = pack('nodeRed');
		manifest = readJson(join(packed.dir, 'package.json')) as unknown as Manifest;
		sets = Object.entries(manifest['node-red'].nodes).map(partsOf);
	});
	afterAll(() => packed.remove());

	const types = (editor: string) => registrations(editor).map(({ type }) => type);
	const category = (editor: string) => registrations(editor)[0]?.literals['category'];

	it('P01, P03 to P05: has a license and its text, places, a name and a keyword of Node-RED alone', () => {
		expect(manifest).toMatchObject({
			license: 'MIT',
			repository: { url: expect.stringMatching(/github\.com/) },
			bugs: { url: expect.stringMatching(/issues$/) },
			name: expect.stringMatching(/^node-red-contrib-/),
			keywords: expect.arrayContaining(['node-red']),
		});
		expect(manifest.keywords).not.toContain('n8n-community-node-package');
		expect(existsSync(join(packed.dir, 'LICENSE'))).toBe(true);
	});

	it('P06, P07: accepts the Node-RED in use, and the oldest Node.js of the latest one', () => {
		for (const release of NODE_RED_RELEASES) {
			expect(semver.satisfies(release, manifest['node-red'].version)).toBe(true);
		}
		expect(semver.satisfies(NODE_OF_LATEST_NODE_RED, manifest.engines.node)).toBe(true);
	});

	it('can read each definition: the scorecard knows only what stands in the call itself', () => {
		for (const { set, editor } of sets) {
			const [definition] = registrations(editor);
			const wanted = category(editor) === 'config' ? [] : ['icon', 'inputs', 'outputs'];
			expectNamed(Object.keys(definition?.literals ?? {}), set).toEqual(
				expect.arrayContaining(['category', 'color', ...wanted]),
			);
			expectNamed(definition?.defaults, set).toEqual(expect.arrayContaining(['name']));
		}
	});

	it('N01 registers one type per set, all with one prefix', () => {
		for (const { set, editor } of sets) {
			expect(types(editor)).toEqual([set]);
			expect(set).toMatch(/^runcomfy-/);
		}
	});

	it('N02 shows every node in an example', () => {
		const dir = join(packed.dir, 'examples');
		const examples = filesBelow(dir).filter((name) => name.endsWith('.json'));
		expect(examples.length).toBeGreaterThan(0);
		const shown = new Set<string>();
		for (const name of examples) {
			const flow: unknown = JSON.parse(readFileSync(join(dir, name), 'utf8'));
			expectNamed(Array.isArray(flow), `${name} is a JSON array`).toBe(true);
			for (const node of flow as Array<{ type: string }>) shown.add(node.type);
		}
		const placeable = sets.filter(({ editor }) => category(editor) !== 'config');
		expect(placeable.map(({ set }) => set).filter((type) => !shown.has(type))).toEqual([]);
	});

	it('D01-D03 brings the HTTP library that its hint tells to install, and asks for nothing else', () => {
		const { dependencies, optionalDependencies, peerDependencies } = manifest;
		expect(Object.keys(dependencies)).toEqual(['undici']);
		expect(semver.major(semver.minVersion(dependencies['undici'] ?? '') ?? '')).toBe(7);
		expect({ ...optionalDependencies, ...peerDependencies }).toEqual({});
	});

	it('finds the texts of its pages under its own name', () => {
		const pages = sets.map(({ editor }) => editor).join('\n');
		expect(pages).toContain(`"${manifest.name}/runcomfy-config:`);
		expect(pages).not.toContain('n8n-nodes-runcomfy/runcomfy-');
	});

	it('ships each set complete: form, help, labels, icon', () => {
		const icons = filesBelow(packed.dir).filter((name) => /node-red\/.*icons\//.test(name));
		for (const { set, english, editor } of sets) {
			expectNamed(editor, `${set} form`).toContain(`data-template-name="${set}"`);
			expectNamed(readFileSync(join(english, `${set}.html`), 'utf8'), `${set} help`).toContain(
				`data-help-name="${set}"`,
			);
			expectNamed(existsSync(join(english, `${set}.json`)), `${set} labels`).toBe(true);
			const icon = registrations(editor)[0]?.literals['icon'];
			if (category(editor) === 'config') continue;
			expectNamed(
				icons.map((name) => basename(name)),
				`${set} icon`,
			).toContain(icon);
		}
	});

	it('ships each plugin complete: editor, labels', () => {
		const plugins = Object.entries(manifest['node-red'].plugins).map(partsOf);
		expect(plugins.length).toBeGreaterThan(0);
		for (const { set, english, editor } of plugins) {
			expectNamed(editor, `${set} editor`).toContain('registerPlugin');
			expectNamed(existsSync(join(english, `${set}.json`)), `${set} labels`).toBe(true);
		}
	});
});

interface Registration {
	type: string;
	/** The properties with literal values. */
	literals: Record<string, string>;
	defaults: string[];
}

/**
 * The calls of `registerType` in a page's scripts, as the scorecard reads them.
 * @throws on code that breaks the scorecard: a type that is not a literal, a definition or defaults that are not an
 * object in the call, a spread in one of them
 */
function registrations(page: string): Registration[] {
	const scripts = page.matchAll(
		/<script[^>]+?type=['"]text\/javascript['"][^>]*>([^]*?)<\/script>/gi,
	);
	const found: Registration[] = [];
	const visit = (node: ts.Node): void => {
		if (
			ts.isCallExpression(node) &&
			ts.isPropertyAccessExpression(node.expression) &&
			node.expression.name.text === 'registerType'
		) {
			found.push(registrationIn(node.arguments));
		}
		ts.forEachChild(node, visit);
	};
	for (const [, script] of scripts) {
		visit(ts.createSourceFile('page.js', String(script), ts.ScriptTarget.Latest, true));
	}
	return found;
}

function registrationIn([type, definition]: readonly ts.Expression[]): Registration {
	if (!type || !ts.isStringLiteral(type)) throw new Error('The type is not a literal');
	const properties = propertiesOf(definition);
	const literals = [...properties].filter(([, value]) => value && ts.isLiteralExpression(value));
	return {
		type: type.text,
		literals: Object.fromEntries(
			literals.map(([name, value]) => [name, (value as ts.LiteralExpression).text]),
		),
		defaults: [...propertiesOf(properties.get('defaults')).keys()],
	};
}

function propertiesOf(object: ts.Expression | undefined): Map<string, ts.Expression | undefined> {
	if (!object || !ts.isObjectLiteralExpression(object)) throw new Error('No object in the call');
	return new Map(
		object.properties.map((property) => {
			if (ts.isSpreadAssignment(property)) throw new Error('A spread in the call');
			const value = ts.isPropertyAssignment(property) ? property.initializer : undefined;
			return [property.name.getText().replaceAll('"', ''), value];
		}),
	);
}
