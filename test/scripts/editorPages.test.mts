// Generated from a node's table of fields, its script and the texts.
import { describe, expect, it } from '@jest/globals';
import type { Field, Fields } from '../../node-red/contract/fields.ts';
import {
	catalogueOf,
	dialogOf,
	helpPages,
	missingTexts,
	pageOf,
	withProperties,
} from '../../scripts/editor-pages.mjs';

const FIELDS: Fields = {
	outputs: { kind: 'hidden', value: 1 },
	config: { kind: 'account', value: '', required: true, icon: 'user' },
	mode: { kind: 'select', value: 'a', choices: ['a', 'b'], required: true, icon: 'cog' },
	size: {
		kind: 'number',
		value: '5',
		type: 'num',
		check: 'number',
		icon: 'bars',
		section: 'result',
		placeholder: 'optional',
		when: { field: 'mode', is: ['b'] },
	},
	id: { kind: 'id', value: 'id', type: 'msg', whenEmpty: 'id', icon: 'key', section: 'result' },
	box: { kind: 'checkbox', value: false },
	secret: { kind: 'password', credential: true, required: true, icon: 'lock', below: 'test' },
};

describe('the page of a node', () => {
	it('is its script and style, then its dialog, without empty elements', () => {
		expect(pageOf({ markup: '<form>', script: 'run()\n', style: 'p{}\n' })).toBe(
			'<script type="text/javascript">\nrun()\n</script>\n<style>\np{}\n</style>\n<form>',
		);
		expect(pageOf({ markup: '<form>' })).toBe('<form>');
	});

	it('is not cut off if a script contains its own closing tag as a text', () => {
		const page = pageOf({ script: "show('</script>')" });
		expect(page.match(/<\/script>/g)).toHaveLength(1);
		expect(page).toContain("show('<\\/script>')");
	});
});

describe('the dialog of a node', () => {
	const dialog = dialogOf(
		'runcomfy-x',
		FIELDS,
		(name) => `<div>\n\t<i id="${name}"></i>\n</div>\n`,
	);

	it('has an element for each field, with its label, and headings where a section begins', () => {
		const parts = [
			...[
				'<input type="hidden" id="node-input-outputs">',
				'<input type="text" id="node-input-config">',
			],
			'<select id="node-input-mode"><option value="a" data-i18n="runcomfy.mode.a"></option>',
			'</select></div><h4 data-i18n="runcomfy.section.result"></h4><div class="form-row"><label for="node-input-size">',
			'<i class="fa fa-bars"></i>\n<span data-i18n="runcomfy.label.size"></span></label>\n<input type="text" id="node-input-size"',
			' data-i18n="[placeholder]runcomfy.placeholder.optional"><input type="hidden" id="node-input-sizeType">',
			'id="node-input-id" placeholder="msg.id"><input type="hidden" id="node-input-idType">',
			'<label for="node-input-box" class="runcomfy-check"><input type="checkbox" id="node-input-box">\n',
			'<input type="password" id="node-input-secret" autocomplete="off"></div><div><i id="test"></i></div>',
		];
		let at = 0;
		for (const part of parts) {
			expect(dialog.slice(at)).toContain(part);
			at = dialog.indexOf(part, at) + part.length;
		}
		expect(dialog.match(/<h4/g)).toHaveLength(1);
	});

	it('has other ids if the node is an account', () => {
		const box = FIELDS['box'] as Field;
		expect(dialogOf('runcomfy-x', { box }, String)).toContain('id="node-config-input-box"');
	});
});

it('the fields are written into the definition as properties', () => {
	const source = 'registerType("x", { defaults: defaultsWith(checked), credentials: CREDENTIALS })';
	const call = withProperties(source, FIELDS);
	for (const written of [
		'outputs: { value: 1 }',
		'config: { value: "", required: true, type: \'runcomfy-config\' }',
		'mode: { value: "a", required: true }',
		"size: { value: \"5\", validate: checked('size') }, sizeType: { value: 'num' }",
		'box: { value: false } }',
		"credentials: { secret: { type: 'password', required: true } }",
	])
		expect(call).toContain(written);
});

describe('the catalogue of a node', () => {
	const shared = {
		status: { running: 'running' },
		label: { name: 'Name', names: 'Names', path: 'Path' },
		port: { result: 'result' },
	};
	const texts = { runcomfy: shared, 'runcomfy-jobs': { title: 'own' } };

	it('has its own texts, those of the status, and the shared ones that its page names', () => {
		const page = '<p data-i18n="runcomfy.label.name"><p data-i18n="[title]runcomfy.label.path">';
		const some = { status: shared.status, label: { name: 'Name', path: 'Path' } };
		expect(catalogueOf('runcomfy-run', texts, page)).toEqual({ runcomfy: some });
		expect(catalogueOf('runcomfy-jobs', texts, page)).toEqual({
			runcomfy: some,
			'runcomfy-jobs': { title: 'own' },
		});
	});

	it('has those that its script names', () => {
		expect(catalogueOf('runcomfy-run', texts, 'port:f("runcomfy.port.result")')).toEqual({
			runcomfy: { status: shared.status, port: shared.port },
		});
	});

	it('has only the translated texts: Node-RED shows English for the rest', () => {
		const page = 'data-i18n="runcomfy.label.name" data-i18n="runcomfy.label.path"';
		const part = { runcomfy: { label: { name: 'Nom' } } };
		expect(catalogueOf('runcomfy-run', part, page)).toEqual({
			runcomfy: { status: {}, label: { name: 'Nom' } },
		});
		expect(catalogueOf('runcomfy-config', {}, page)).toEqual({ runcomfy: {} });
	});
});

it('the build can say which texts a language lacks', () => {
	const english = { runcomfy: { label: { name: 'Name', wait: 'Wait' }, status: { done: 'done' } } };
	const part = { runcomfy: { label: { name: 'Nom', wait: '' } } };
	expect(missingTexts(english, part)).toEqual(['runcomfy.label.wait', 'runcomfy.status.done']);
	expect(missingTexts(english, {})).toHaveLength(3);
	expect(missingTexts(english, english)).toEqual([]);
});

it('a page of help has a chapter for each node, with a line for each of its fields', () => {
	const page =
		'# fields\n\n: mode (string) : how.\n: box (boolean) : a box.\n: runcomfy-status.box (boolean) : its own.\n\n# runcomfy-run\n\nRuns.\n\n<!-- fields -->\n\n# not a node\n\n# runcomfy-status\n\n<!-- fields -->\n';
	const { outputs, mode, box } = FIELDS as Record<string, Fields[string]>;
	const tables = { 'runcomfy-run': { outputs, mode, box }, 'runcomfy-status': { box } } as Record<
		string,
		Fields
	>;
	const label = (name: string) => name.toUpperCase();
	expect(helpPages(page, tables, label)).toEqual([
		[
			'runcomfy-run',
			'<script type="text/markdown" data-help-name="runcomfy-run">\nRuns.\n\n: MODE (string) : how.\n: BOX (boolean) : a box.\n\n# not a node\n</script>\n',
		],
		[
			'runcomfy-status',
			'<script type="text/markdown" data-help-name="runcomfy-status">\n: BOX (boolean) : its own.\n</script>\n',
		],
	]);
	expect(() => helpPages('# fields\n\n# runcomfy-run\n', tables, label)).toThrow('mode');
});
