// What the build makes of a node's HTML, script and texts.
import { describe, expect, it } from '@jest/globals';
import { catalogueOf, pageOf } from '../../scripts/editor-pages.mjs';

const rows = (name: string) => `<p data-i18n="runcomfy.label.${name}"></p>\n`;

describe('the page of a node', () => {
	it('is its script and style, then its markup with the rows it includes', () => {
		const markup = '<form>\n\t\t<!-- include account -->\n</form>';
		expect(pageOf({ markup, rows, script: 'run()\n', style: 'p{}\n' })).toBe(
			'<script type="text/javascript">\nrun()\n</script>\n' +
				'<style>\np{}\n</style>\n' +
				'<form>\n<p data-i18n="runcomfy.label.account"></p>\n</form>',
		);
	});

	it('has no breaks beside blocks, where they mean nothing, and those between words and icons', () => {
		const markup =
			'<div class="form-row">\n\t<label>\n\t\t<i></i>\n\t\t<span></span>\n\t</label>\n' +
			'\t<select>\n\t\t<option></option>\n\t</select>\n</div>\n<div></div>\n';
		expect(pageOf({ markup, rows })).toBe(
			'<div class="form-row"><label>\n<i></i>\n<span></span>\n</label>\n' +
				'<select><option></option></select></div><div></div>',
		);
	});

	it('has no empty elements for what there is not', () => {
		expect(pageOf({ markup: '<form>', rows })).toBe('<form>');
	});

	it('is not cut off if a script contains its own closing tag as a text', () => {
		const page = pageOf({ markup: '', rows, script: "show('</script>')" });
		expect(page.match(/<\/script>/g)).toHaveLength(1);
		expect(page).toContain("show('<\\/script>')");
	});
});

describe('the catalogue of a node', () => {
	const shared = {
		status: { running: 'running' },
		label: { name: 'Name', names: 'Names', path: 'Path' },
		port: { result: 'result' },
	};
	const of = (set: string, page: string) =>
		catalogueOf({ set, own: { [set]: { title: 'own' } }, shared, page });

	it('holds its own texts, those of the status, and the shared ones that its page names', () => {
		const page = '<p data-i18n="runcomfy.label.name"><p data-i18n="[title]runcomfy.label.path">';
		expect(of('runcomfy-run', page)).toEqual({
			runcomfy: { status: shared.status, label: { name: 'Name', path: 'Path' } },
			'runcomfy-run': { title: 'own' },
		});
	});

	it('holds those that its script names', () => {
		const { runcomfy } = of('runcomfy-run', 'port:f("runcomfy.port.result")');
		expect(runcomfy).toEqual({ status: shared.status, port: shared.port });
	});

	it('holds all of them for the account, where the dialogs look them up', () => {
		expect(of('runcomfy-config', '').runcomfy).toEqual(shared);
	});
});
