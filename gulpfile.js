// Copies what tsc leaves behind: icons, the pages of the Node-RED editor with their scripts, and the
// catalogues of texts. Run after tsc.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, dirname, extname, join } = require('node:path');
const { Transform } = require('node:stream');
const { build, transform } = require('esbuild');
const { dest, parallel, src } = require('gulp');

const folder = 'dist';

const NODES = join(__dirname, 'node-red/nodes');
const SHARED = join(__dirname, 'node-red/editor');

// Node-RED finds icons in an `icons` folder beside a node's runtime file.
const icons = () =>
	src(['nodes/**/*.svg', 'credentials/**/*.svg', 'node-red/**/*.svg'], {
		base: '.',
		encoding: false,
	}).pipe(dest(folder));

// Node-RED 4.0 finds a node's page by replacing `.js` at the end of its runtime file. Ours is a `.cjs`,
// which n8n's scanner does not read: it knows the modules of nodes of n8n only.
const entries = async () => {
	const { nodes, plugins } = require('./package.json')['node-red'];
	for (const file of Object.values({ ...nodes, ...plugins })) {
		writeFileSync(file, `module.exports = require('./${basename(file, '.js')}.cjs');\n`);
	}
};

// The simulator's page works as it stands; what is shipped is less to download.
const simulatorPage = () =>
	src('simulator/page/*.{html,css,mjs,svg}', { base: '.' })
		.pipe(changed(minify))
		.pipe(dest(folder));

// One small file for each format that it does not draw.
const simulatorSamples = () =>
	src('simulator/media/samples/*', { base: '.', encoding: false }).pipe(dest(folder));

// Its modules without their comments, which the sources have, and the types where others need them.
const simulatorModules = () =>
	src('simulator/**/*.cjs', { cwd: folder, base: folder })
		.pipe(changed(async (text) => (await transform(text, { charset: 'utf8' })).code))
		.pipe(dest(folder));

async function minify(text, { path }) {
	const loader = { '.css': 'css', '.mjs': 'js' }[extname(path)];
	return loader ? (await transform(text, { loader, minify: true, charset: 'utf8' })).code : text;
}

const help = () => src('node-red/nodes/*/locales/*/*.html', { base: '.' }).pipe(dest(folder));

const pages = () =>
	src('node-red/nodes/*/*.html', { base: '.' })
		.pipe(changed((_markup, file) => loadPage(basename(dirname(file.path)))))
		.pipe(dest(folder));

const catalogues = () =>
	src('node-red/nodes/*/locales/*/*.json', { base: '.' })
		.pipe(changed(loadCatalogue))
		.pipe(dest(folder));

async function loadCatalogue(own, file) {
	const { catalogueOf } = await import('./scripts/editor-pages.mjs');
	const set = basename(file.path, '.json');
	const language = basename(dirname(file.path));
	const common = readFileSync(join(SHARED, 'locales', language, 'common.json'), 'utf8');
	const { runcomfy } = JSON.parse(common);
	const parts = { set, own: JSON.parse(own), shared: runcomfy, page: await loadPage(set) };
	return `${JSON.stringify(catalogueOf(parts))}\n`;
}

/** By set: ten catalogues ask for the same page. */
const loaded = new Map();

function loadPage(set) {
	if (!loaded.has(set)) loaded.set(set, makePage(set));
	return loaded.get(set);
}

async function makePage(set) {
	const { pageOf } = await import('./scripts/editor-pages.mjs');
	return pageOf({
		markup: readFileSync(join(NODES, set, `${set}.html`), 'utf8'),
		rows: (name) => readFileSync(join(SHARED, 'dialog', `${name}.html`), 'utf8'),
		...(await bundle(join(NODES, set, 'editor.mts'))),
	});
}

async function bundle(entry) {
	const { outputFiles } = await build({
		entryPoints: [entry],
		bundle: true,
		minify: true,
		format: 'iife',
		target: 'es2020',
		charset: 'utf8',
		// Without it each page begins with "use strict".
		tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
		outdir: '.',
		write: false,
		plugins: [pureCore],
	});
	const text = (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text;
	return { script: text('.js'), style: text('.css') };
}

/** Loading a module of the core does nothing by itself: what a page does not use is left out of it. */
const pureCore = {
	name: 'pure-core',
	setup({ onResolve }) {
		onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
			const file = [path, `${path}.ts`, join(path, 'index.ts')]
				.map((name) => join(resolveDir, name.replace(/\.js$/, '.ts')))
				.find(
					(name) =>
						name.startsWith(join(__dirname, 'core/')) && /\.ts$/.test(name) && existsSync(name),
				);
			return file && { path: file, sideEffects: false };
		});
	},
};

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

exports.default = parallel(
	entries,
	icons,
	simulatorPage,
	simulatorSamples,
	simulatorModules,
	help,
	pages,
	catalogues,
);
