// What Node-RED loads of a node into its editor: one page, and one catalogue of texts for each language.

/**
 * The page of a node: its script and style before its markup, in the page itself. A script of its own
 * would have to be fetched first, and would hold up the nodes if that fails.
 * @param {object} parts
 * @param {string} parts.markup the node's HTML
 * @param {(name: string) => string} parts.rows HTML that several dialogs include by a name
 * @param {string} [parts.script]
 * @param {string} [parts.style]
 */
export function pageOf({ markup, rows, script = '', style = '' }) {
	return [
		script && `<script type="text/javascript">\n${escaped(script.trim(), 'script')}\n</script>\n`,
		style && `<style>\n${style.trim()}\n</style>\n`,
		withoutIndents(withRows(markup, rows)),
	].join('');
}

/** A text of a script that looks like its end would be one: to HTML, a script ends there. */
function escaped(script, tag) {
	return script.replaceAll(`</${tag}`, `<\\/${tag}`);
}

function withRows(markup, rows) {
	return markup.replace(/<!-- include (\w+) -->/g, (_all, name) => rows(name).trim());
}

/** A quarter of the bytes that every start of the editor loads. Between inline elements a break is a gap. */
function withoutIndents(html) {
	return html
		.replace(/^[\t ]+/gm, '')
		.replace(/\n(?=<(?:\/?div|h4|option|\/select)\b)/g, '')
		.replace(/(<(?:\/?div|\/h4|\/option|select)\b[^>]*>)\n/g, '$1');
}

/**
 * The catalogue of a node in one language. Node-RED gives each node a catalogue of its own; the texts
 * that ours share are written once. All of them go into the account's, where the dialogs' script looks
 * them up; the others get those that their page names, and those of the status, which the editor looks
 * up in the catalogue of the node that shows it.
 * @param {object} parts
 * @param {string} parts.set
 * @param {Record<string, unknown>} parts.own
 * @param {{ status: object } & Record<string, Record<string, string>>} parts.shared
 * @param {string} parts.page
 */
export function catalogueOf({ set, own, shared, page }) {
	return { runcomfy: set === 'runcomfy-config' ? shared : textsNamedIn(page, shared), ...own };
}

function textsNamedIn(page, { status, ...groups }) {
	const isNamed = (key) => new RegExp(`["']runcomfy\\.${key}["']|\\]runcomfy\\.${key}"`).test(page);
	const named = Object.entries(groups).map(([group, texts]) => [
		group,
		Object.fromEntries(Object.entries(texts).filter(([name]) => isNamed(`${group}\\.${name}`))),
	]);
	return {
		status,
		...Object.fromEntries(
			named.filter(([, texts]) => Object.keys(/** @type {object} */ (texts)).length > 0),
		),
	};
}
