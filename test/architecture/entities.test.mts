// Most texts reach people in places that render HTML and in places that do not: an error's hint also stands in
// the log, in an item and in the details. There an HTML entity would show as it is written.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root, sourcesOf, textsOf } from './sources.mts';

const ENTITY = /&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/i;

/** Writes what HTML cannot do without. */
const WRITES_HTML = 'nodes/RunComfy/session/html.ts';

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
