// Who may know whom: the core knows nobody, the hosts know the core, nobody knows the other host.
import { builtinModules } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { type Import, importsOf, sourcesOf } from './sources.mts';

const BUILTINS = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

const within = (folder: string) => (one: Import) =>
	one.target !== undefined && (one.target === folder || one.target.startsWith(`${folder}/`));
const builtin = ({ specifier }: Import) => BUILTINS.has(specifier);
const named =
	(name: string) =>
	({ specifier }: Import) =>
		specifier === name;
const typeOf =
	(allowed: (one: Import) => boolean) =>
	(one: Import): boolean =>
		one.typeOnly && allowed(one);

/** What each folder may import; everything else is an error. */
const RULES: Record<string, Array<(one: Import) => boolean>> = {
	core: [within('core')],
	credentials: [within('credentials'), within('core'), named('n8n-workflow')],
	// `crypto` is one of the few modules that n8n allows: a paid request must not be taken for another
	// one, which a weaker digest could do.
	nodes: [within('nodes'), within('core'), named('n8n-workflow'), named('crypto')],
	'node-red': [
		within('node-red'),
		within('core'),
		builtin,
		named('undici'),
		// Types are gone after compilation.
		typeOf(({ specifier }) => /^(node-red|@node-red\/\w+)$/.test(specifier)),
	],
	simulator: [within('simulator'), builtin, typeOf(within('core'))],
};

const broken = (folder: string, imports: Import[]) =>
	imports
		.filter((one) => !RULES[folder]?.some((allows) => allows(one)))
		.map(({ from, line, specifier }) => `${from}:${line} imports ${specifier}`);

describe.each(Object.keys(RULES))('%s', (folder) => {
	const files = sourcesOf(folder);
	const imports = files.flatMap((file) => importsOf(file));

	it('is there, and its imports can be read', () => {
		expect(files.length).toBeGreaterThan(0);
		if (folder !== 'credentials') expect(imports.some(({ target }) => target)).toBe(true);
		expect(imports.filter(({ specifier }) => specifier === '<computed>')).toEqual([]);
	});

	it('imports only what it may know', () => {
		expect(broken(folder, imports)).toEqual([]);
	});
});

describe.each(Object.keys(RULES).filter((folder) => folder !== 'core'))('%s', (folder) => {
	it('enters the core by its front door', () => {
		const inner = sourcesOf(folder)
			.flatMap((file) => importsOf(file))
			.filter(within('core'))
			.filter(({ target }) => target !== 'core' && target !== 'core/index');
		expect(inner.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
	});
});

describe('the rules can be broken', () => {
	it.each([
		['core', "import fs from 'node:fs';"],
		['core', "import type { Readable } from 'stream';"],
		['core', "export * from '../nodes/RunComfy/transport/host';"],
		['core', "const undici = await import('undici');"],
		['core', "type A = import('n8n-workflow').INode;"],
		['core', "require(['f', 's'].join(''));"],
		['nodes', "import { request } from 'undici';"],
		['nodes', "import { readFileSync } from 'node:fs';"],
		['nodes', "import { host } from '../node-red/runtime/host';"],
		['credentials', "import { x } from '../simulator/index';"],
		['node-red', "import { sleep } from 'n8n-workflow';"],
		['node-red', "import type { INode } from 'n8n-workflow';"],
		['node-red', "import RED = require('node-red');"],
		['node-red', "export { x } from '../nodes/RunComfy/items/errors.js';"],
		['simulator', "import { jobState } from '../core/request/state.js';"],
		['simulator', "import { type A, jobState } from '../core/request/state.js';"],
		['simulator', "import '../core/index.js';"],
	])('%s: %s', (folder, text) => {
		expect(broken(folder, importsOf(`${folder}/probe.ts`, text)).length).toBe(1);
	});

	it.each([
		['core', "import { x } from './state'; export type { Y } from './errors/codes';"],
		['nodes', "import { run } from '../core'; import type { INode } from 'n8n-workflow';"],
		[
			'node-red',
			"import { setTimeout } from 'node:timers/promises'; import type { A } from 'node-red';",
		],
		['simulator', "import type { A } from '../core/index.js'; import { type B } from '../core';"],
	])('%s may: %s', (folder, text) => {
		const imports = importsOf(`${folder}/probe.ts`, text);
		expect(imports.length).toBe(2);
		expect(broken(folder, imports)).toEqual([]);
	});
});
