// Copies what tsc leaves behind: icons, editor HTML with its scripts, locale files. Run after tsc.
const { existsSync, readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { Transform } = require('node:stream');
const { build } = require('esbuild');
const { dest, parallel, src } = require('gulp');

// Node-RED finds icons in an `icons` folder beside a node's runtime file.
const icons = () =>
	src('{nodes,credentials,node-red}/**/*.svg', { base: '.', encoding: false }).pipe(dest('dist'));

const nodeRedEditor = () =>
	src('node-red/nodes/*/{,locales/*/}*.html', { base: '.' })
		.pipe(changed(withEditorScript))
		.pipe(dest('dist'));

/**
 * What stands in a node's `editor` folder comes before its HTML, in one inline script and style:
 * a script of its own would have to be fetched first, and hold up the nodes where that fails.
 */
async function withEditorScript(page, file) {
	const html = withSharedRows(page);
	const entry = join(dirname(file.path), 'editor', 'index.mts');
	if (!existsSync(entry)) return withoutIndents(html);
	const { outputFiles } = await build({
		entryPoints: [entry],
		bundle: true,
		minify: true,
		format: 'iife',
		target: 'es2020',
		outdir: '.',
		write: false,
	});
	const text = (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text.trim() ?? '';
	const script = `<script type="text/javascript">\n${text('.js')}\n</script>\n`;
	return `${script}<style>\n${text('.css')}\n</style>\n${withoutIndents(html)}`;
}

/** Rows that several dialogs have are written once, in node-red/editor/dialog. */
function withSharedRows(html) {
	return html.replace(/<!-- include (\w+) -->/g, (_all, name) =>
		readFileSync(join(__dirname, `node-red/editor/dialog/${name}.html`), 'utf8').trim(),
	);
}

/** A quarter of the bytes that every start of the editor loads. Help is Markdown: it keeps them. */
function withoutIndents(html) {
	return html.includes('text/markdown') ? html : html.replace(/^[\t ]+/gm, '');
}

// Node-RED gives each node a catalogue of its own. The texts that ours share are written once, in
// node-red/editor/locales: all of them go into the account's, where the dialogs' script looks them up, and
// into the others those that their HTML names, and those of the status.
const nodeRedCatalogues = () =>
	src(['node-red/nodes/*/locales/**/*.json'], { base: '.' })
		.pipe(changed(withSharedTexts))
		.pipe(dest('dist'));

function withSharedTexts(own, file) {
	const language = basename(dirname(file.path));
	const set = basename(file.path, '.json');
	const shared = join(__dirname, 'node-red/editor/locales', language, 'common.json');
	const { runcomfy } = JSON.parse(readFileSync(shared, 'utf8'));
	const page = readFileSync(join(__dirname, `node-red/nodes/${set}/${set}.html`), 'utf8');
	const wanted =
		set === 'runcomfy-config' ? runcomfy : textsNamedIn(withSharedRows(page), runcomfy);
	return `${JSON.stringify({ runcomfy: wanted, ...JSON.parse(own) })}\n`;
}

function textsNamedIn(html, { status, ...groups }) {
	const named = Object.entries(groups).map(([group, texts]) => [
		group,
		Object.fromEntries(
			Object.entries(texts).filter(([name]) => html.includes(`runcomfy.${group}.${name}`)),
		),
	]);
	return {
		status,
		...Object.fromEntries(named.filter(([, texts]) => Object.keys(texts).length > 0)),
	};
}

/** A step that rewrites each file's text. */
function changed(rewrite) {
	return new Transform({
		objectMode: true,
		async transform(file, _encoding, done) {
			try {
				file.contents = Buffer.from(await rewrite(file.contents.toString('utf8'), file));
				done(null, file);
			} catch (error) {
				done(error);
			}
		},
	});
}

exports.default = parallel(icons, nodeRedEditor, nodeRedCatalogues);
