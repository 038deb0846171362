// Generates the files that Node-RED loads into its editor for each node: a page, and for each language a catalogue of
// texts and, in some languages, a help page. Sources: the tables of fields, and node-red/locales.

/**
 * @typedef {import('../node-red/contract/fields.ts').Field} Field
 * @typedef {import('../node-red/contract/fields.ts').Fields} Fields
 * @typedef {{[key: string]: string | Texts}} Texts
 */

/**
 * Builds a node's page, with script and style inline: a separate script would need another request, and its failure
 * would disable the nodes.
 * @param {{markup?: string, script?: string, style?: string}} parts
 */
export function pageOf({ markup = '', script = '', style = '' }) {
	return [
		script && `<script type="text/javascript">\n${escaped(script.trim())}\n</script>\n`,
		style && `<style>\n${style.trim()}\n</style>\n`,
		markup,
	].join('');
}

/** Escapes text in a script that HTML would read as the script's end. @param {string} script */
function escaped(script) {
	return script.replaceAll('</script', '<\\/script');
}

/**
 * Builds a node's dialog, one row per field.
 * @param {string} type
 * @param {Fields} fields
 * @param {(name: string) => string} markup returns the contents of a file in node-red/editor/markup
 */
export function dialogOf(type, fields, markup) {
	const prefix = 'config' in fields ? 'node-input' : 'node-config-input';
	/** @type {Part} */
	let part = { rows: '' };
	const parts = [part];
	for (const [name, field] of Object.entries(fields)) {
		const { section = part.section, folded, below } = field;
		if (section !== part.section) parts.push((part = { section, folded, rows: '' }));
		part.rows += rowOf(`${prefix}-${name}`, name, field);
		if (below) part.rows += withoutIndents(markup(below));
	}
	const form = `<div class="runcomfy-form">${parts.map(partOf).join('')}</div>`;
	return `<script type="text/html" data-template-name="${type}">\n${form}\n</script>\n`;
}

/**
 * @typedef {{section?: string | undefined, folded?: true | undefined, rows: string}} Part
 * @param {Part} part
 */
function partOf({ section, folded, rows }) {
	const heading = section ? `<h4 data-i18n="runcomfy.section.${section}"></h4>` : '';
	if (!folded) return heading + rows;
	const summary = `<i class="fa fa-angle-right"></i>${heading}`;
	return `<details class="runcomfy-fold"><summary>${summary}</summary><div>${rows}</div></details>`;
}

/** @param {string} id @param {string} name @param {Field} field */
function rowOf(id, name, field) {
	if (field.kind === 'hidden') return `<input type="hidden" id="${id}">`;
	if (field.kind === 'rows') {
		return '<div class="form-row runcomfy-wide"><ol id="runcomfy-rows"></ol></div>';
	}
	const text = `<span data-i18n="runcomfy.${field.label ?? `label.${name}`}"></span>`;
	// A line break between inline elements would show as a gap.
	const inner =
		field.kind === 'checkbox'
			? `<label for="${id}" class="runcomfy-check"><input type="checkbox" id="${id}">\n${text}</label>`
			: `<label for="${id}"><i class="fa fa-${field.icon}"></i>\n${text}</label>\n${elementOf(id, name, field)}`;
	const source = field.type === undefined ? '' : `<input type="hidden" id="${id}Type">`;
	const width = field.short ? ' runcomfy-short' : '';
	return `<div class="form-row${width}">${inner}${source}</div>`;
}

/** @param {string} id @param {string} name @param {Field} field */
function elementOf(id, name, { kind, choices, placeholder, example, whenEmpty, credential }) {
	if (kind === 'select') {
		const listed = [
			...(choices ?? []).map(
				(value) => `<option value="${value}" data-i18n="runcomfy.${name}.${value}"></option>`,
			),
		];
		return `<select id="${id}">${listed.join('')}</select>`;
	}
	const shown = example ?? (whenEmpty && `msg.${whenEmpty}`);
	const hint = placeholder
		? ` data-i18n="[placeholder]runcomfy.placeholder.${placeholder}"`
		: shown
			? ` placeholder="${shown}"`
			: '';
	const type = kind === 'password' ? 'password' : 'text';
	return `<input type="${type}" id="${id}"${credential ? ' autocomplete="off"' : ''}${hint}>`;
}

/** @param {string} html */
function withoutIndents(html) {
	return html
		.trim()
		.replace(/^[\t ]+/gm, '')
		.replace(/\n(?=<\/?div\b)/g, '')
		.replace(/(<\/?div\b[^>]*>)\n/g, '$1');
}

/**
 * The parts of a table of fields that a page needs. Leaves out everything used only by the markup, the docs and new
 * nodes, to keep the editor's start small.
 * @param {Fields} fields
 * @returns {import('../node-red/contract/fields.ts').PageFields}
 */
export function pageFields(fields) {
	const used = Object.entries(fields).filter(([, field]) => isChecked(field) || field.when);
	const kept = used.map(([name, { kind, type, ...field }]) => {
		const { check, when, required, atMost } = field;
		const read = { check, when, required, atMost };
		return [name, { ...(type || kind === 'rows' ? { kind } : {}), ...read }];
	});
	return Object.fromEntries(kept);
}

/**
 * Inlines `defaultsWith(checked)` and `CREDENTIALS` in a definition, because Node-RED's scorecard reads only literals
 * in the registering call.
 * @param {string} source @param {Fields} fields
 */
export function withProperties(source, fields) {
	const properties = Object.entries(fields).filter(([, { credential }]) => !credential);
	const credentials = Object.entries(fields).filter(([, { credential }]) => credential);
	return source
		.replace('defaultsWith(checked)', `{ ${properties.flatMap(propertiesOf).join(', ')} }`)
		.replace('CREDENTIALS', `{ ${credentials.map(credentialOf).join(', ')} }`);
}

/** @param {[string, Field]} entry */
function propertiesOf([name, field]) {
	const { value, type, required, kind } = field;
	const parts = [
		`value: ${JSON.stringify(value)}`,
		isChecked(field) ? `validate: checked('${name}')` : required ? 'required: true' : '',
		kind === 'account' ? "type: 'runcomfy-config'" : '',
	];
	const property = `${name}: { ${parts.filter(Boolean).join(', ')} }`;
	return type === undefined ? [property] : [property, `${name}Type: { value: '${type}' }`];
}

/** @param {[string, Field]} entry */
function credentialOf([name, { kind, required }]) {
	const type = kind === 'password' ? 'password' : 'text';
	return `${name}: { type: '${type}'${required ? ', required: true' : ''} }`;
}

/** @param {Field} field */
function isChecked({ type, check, kind }) {
	return type !== undefined || check !== undefined || kind === 'rows';
}

/**
 * Builds a node's catalogue in one language. The account's catalogue has all texts, because the dialogs' script looks
 * them up there. Other catalogues have the texts named in the node's page, and the status texts, which the editor looks
 * up in each node's own catalogue.
 * @param {string} set
 * @param {Texts} texts a file of node-red/locales
 * @param {string} page
 * @returns {Texts}
 */
export function catalogueOf(set, texts, page) {
	const { runcomfy, [set]: own } = /** @type {Record<string, Texts>} */ (texts);
	const shared = set === 'runcomfy-config' ? runcomfy : textsNamedIn(page, runcomfy ?? {});
	return { runcomfy: shared ?? {}, ...(own ? { [set]: own } : {}) };
}

/** @param {string} page @param {Texts} texts @returns {Texts} */
function textsNamedIn(page, { status = {}, ...groups }) {
	const named = new Set(
		[...page.matchAll(/["'\]]runcomfy\.(\w+\.\w+)["']/g)].map(([, key]) => key),
	);
	const kept = Object.entries(groups).map(([group, texts]) => [
		group,
		Object.fromEntries(Object.entries(texts).filter(([name]) => named.has(`${group}.${name}`))),
	]);
	return {
		status,
		...Object.fromEntries(kept.filter(([, texts]) => Object.keys(texts ?? {}).length > 0)),
	};
}

/**
 * Splits the help of one language by node, in Node-RED's format.
 * @param {string} text a chapter with a line for each field, and a chapter for each node
 * @param {Record<string, Fields>} tables the fields of each node
 * @param {(name: string, field: Field) => string} labelOf
 * @returns {Array<[type: string, help: string]>}
 */
export function helpPages(text, tables, labelOf) {
	const [fields = '', ...chapters] = text.split(/^# (?=runcomfy-)/m);
	const lines = new Map(
		[...fields.matchAll(/^: ([\w.-]+)( .+)$/gm)].map(([, key, is]) => [key, is]),
	);
	return chapters.map((chapter) => {
		const [, type = '', page = ''] = /^(\S+)\n([^]*)$/.exec(chapter) ?? [];
		const own = Object.entries(tables[type] ?? {})
			.filter(([, { kind }]) => kind !== 'hidden')
			.map(([name, field]) => {
				const line = lines.get(`${type}.${name}`) ?? lines.get(name);
				if (!line) throw new Error(`The help has no line for the field ${name} of ${type}`);
				return `: ${labelOf(name, field)}${line}`;
			});
		const help = page.replace('<!-- fields -->', own.join('\n')).trim();
		return [type, `<script type="text/markdown" data-help-name="${type}">\n${help}\n</script>\n`];
	});
}

/** The label of a field in one language. @param {Texts} texts @param {string} name @param {Field} field */
export function labelIn({ runcomfy }, name, { label = `label.${name}` }) {
	const [group = '', key = ''] = label.split('.');
	const found = /** @type {Record<string, Texts>} */ (runcomfy)[group]?.[key];
	if (typeof found !== 'string') throw new Error(`The field ${name} has no label`);
	return found;
}

/**
 * Lists texts that a language lacks, such as `runcomfy.label.name`; Node-RED shows the English ones instead.
 * @param {Texts} english @param {Texts} texts @returns {string[]}
 */
export function missingTexts(english, texts, above = '') {
	return Object.entries(english).flatMap(([name, text]) => {
		const own = texts[name];
		if (typeof text === 'string') return own ? [] : [above + name];
		return missingTexts(text, typeof own === 'object' ? own : {}, `${above}${name}.`);
	});
}
