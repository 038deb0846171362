// Copies what tsc leaves behind: icons, editor HTML with its scripts, locale files. Run after tsc.
const { existsSync, readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { Transform } = require('node:stream');
const { build } = require('esbuild');
const { dest, parallel, src } = require('gulp');

const n8nIcons = () =>
	src(['nodes/**/*.svg', 'credentials/**/*.svg'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);

const nodeRedEditor = () =>
	src(['node-red/*/*.html', 'node-red/*/locales/**/*.html'], { base: '.' })
		.pipe(changed(withEditorScript))
		.pipe(dest('dist'));

/**
 * What stands in a node's `editor` folder comes before its HTML, in one inline script and style:
 * a script of its own would have to be fetched first, and hold up the nodes where that fails.
 */
async function withEditorScript(html, file) {
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

/** A quarter of the bytes that every start of the editor loads. Help is Markdown: it keeps them. */
function withoutIndents(html) {
	return html.includes('text/markdown') ? html : html.replace(/^[\t ]+/gm, '');
}

// Node-RED gives each node a catalogue of its own: the texts that all of ours share are written
// once, in node-red/lib/locales, and go into every one of them.
const nodeRedCatalogues = () =>
	src(['node-red/runcomfy-*/locales/**/*.json'], { base: '.' })
		.pipe(changed(withSharedTexts))
		.pipe(dest('dist'));

function withSharedTexts(own, file) {
	const language = basename(dirname(file.path));
	const shared = join(__dirname, 'node-red/lib/locales', language, 'common.json');
	const texts = {
		...(existsSync(shared) ? JSON.parse(readFileSync(shared, 'utf8')) : {}),
		...JSON.parse(own),
	};
	return `${JSON.stringify(texts)}\n`;
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

// Node-RED collects icons for the whole module, but only from an `icons` folder beside a node's
// runtime file: the shared ones go beside the config node.
const nodeRedIcons = () =>
	src('node-red/icons/*.svg', { encoding: false }).pipe(
		dest('dist/node-red/runcomfy-config/icons'),
	);

exports.default = parallel(n8nIcons, nodeRedEditor, nodeRedCatalogues, nodeRedIcons);
