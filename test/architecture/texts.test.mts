import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { USER_AGENT } from '../../core/index';
import { root, sourcesOf, textsOf } from './sources.mts';

const NAMES_HOST = /\bn8n\b|node-?red\b|\$json\b/i;

const namesHost = (file: string, text?: string) =>
	textsOf(file, text).filter((one) => NAMES_HOST.test(one) && one !== USER_AGENT);

describe('the texts of the core', () => {
	it('name no host', () => {
		const found = sourcesOf('core').flatMap((file) =>
			namesHost(file).map((text) => `${file}: ${text}`),
		);
		expect(found).toEqual([]);
	});

	it.each([
		"const hint = 'In n8n: Check Inputs';",
		'const hint = `raise ${limit} in Node-RED`;',
		'const hint = `In Node-RED: ${field}`;',
	])('are found wherever they stand: %s', (code) => {
		expect(namesHost('core/x.ts', code)).toHaveLength(1);
	});

	it('are not the comments, nor what is imported', () => {
		expect(namesHost('core/x.ts', "import { a } from './n8n'; // n8n has it\n")).toEqual([]);
	});
});

const ENTITY = /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/i;

/** Writes what HTML cannot do without. */
const WRITES_HTML = 'nodes/RunComfy/session/session.ts';

const withEntity = (file: string, texts: string[]) =>
	texts.filter((text) => ENTITY.test(text)).map((text) => `${file}: ${text}`);

describe('no HTML entity stands', () => {
	it.each(['core', 'credentials', 'node-red', 'nodes', 'simulator'])(
		'in a text of %s',
		(folder) => {
			const files = sourcesOf(folder).filter((file) => file !== WRITES_HTML);
			expect(files.flatMap((file) => withEntity(file, textsOf(file)))).toEqual([]);
		},
	);

	it.each(['docs', 'node-red/locales', 'node-red/editor/markup'])('in a page of %s', (folder) => {
		const files = readdirSync(join(root, folder)).filter((file) => /\.(md|json|html)$/.test(file));
		expect(files.length).toBeGreaterThan(0);
		const found = files.flatMap((file) =>
			withEntity(file, readFileSync(join(root, folder, file), 'utf8').split('\n')),
		);
		expect(found).toEqual([]);
	});

	it('and one would be found', () => {
		expect(
			withEntity('x.ts', textsOf('x.ts', "const hint = 'Executions &gt; Retry';")),
		).toHaveLength(1);
	});
});
