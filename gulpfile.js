// Build steps after tsc: removes outdated output, copies icons, generates the pages and catalogues of the Node-RED
// editor and n8n's output schemas, and writes the tables in docs/.
const {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} = require('node:fs');
const { basename, dirname, extname, join, resolve } = require('node:path');
const { build } = require('esbuild');
const { dest, parallel, src } = require('gulp');

const folder = 'dist';

const NODES = join(__dirname, 'node-red/nodes');
const EDITOR = join(__dirname, 'node-red/editor');
const LOCALES = join(__dirname, 'node-red/locales');

/** tsc leaves the output of deleted sources behind. */
const stale = async () => {
	const compiled = readdirSync(folder, { recursive: true, encoding: 'utf8' });
	for (const name of compiled.filter((file) => /\.(js|d\.ts)$/.test(file))) {
		if (!existsSync(name.replace(/\.(js|d\.ts)$/, '.ts'))) rmSync(join(folder, name));
	}
};

// Copies icons to where Node-RED finds them, in an `icons` folder beside a node's runtime file, and the simulator's
// sample files and ComfyUI node classes.
const copies = () =>
	src(
		[
			'{nodes,credentials,node-red}/**/*.svg',
			'simulator/media/samples/*',
			'simulator/object-info/nodes.json',
		],
		{ base: '.', encoding: false },
	).pipe(dest(folder));

// n8n reads one schema file per operation.
const outputSchemas = async () => {
	const { FOLDER, schemaOf, TABLE } = await import('./scripts/recorded.mjs');
	const outputs = JSON.parse(readFileSync(join(__dirname, TABLE), 'utf8'));
	for (const [name, output] of Object.entries(outputs)) {
		const text = JSON.stringify({ ...schemaOf(output), version: 1 });
		write(join(FOLDER, `${name}.json`), `${text}\n`);
	}
};

/** Everything that Node-RED loads into its editor, by node folder: page, texts and help. */
const editorPages = async () => {
	const { catalogueOf, helpPages, labelIn, missingTexts } = await import(
		'./scripts/editor-pages.mjs'
	);
	const { nodes, plugins } = require('./package.json')['node-red'];
	const sets = Object.keys({ ...nodes, ...plugins });
	const writeTo = (set, file, text) => write(join('node-red/nodes', set, file), text);
	const pages = await Promise.all(sets.map(makePage));
	sets.forEach((set, at) => writeTo(set, `${set}.html`, pages[at]));

	const english = readTexts('en-US.json');
	const untranslated = new Map();
	for (const file of readdirSync(LOCALES)) {
		const language = basename(file, extname(file));
		if (extname(file) === '.md') {
			const texts = readTexts(`${language}.json`);
			const help = helpPages(readFileSync(join(LOCALES, file), 'utf8'), allFields(), (...field) =>
				labelIn(texts, ...field),
			);
			for (const [set, page] of help) writeTo(set, `locales/${language}/${set}.html`, page);
			continue;
		}
		const texts = readTexts(file);
		sets.forEach((set, at) => {
			const catalogue = JSON.stringify(catalogueOf(set, texts, pages[at]));
			writeTo(set, `locales/${language}/${set}.json`, `${catalogue}\n`);
		});
		for (const name of missingTexts(english, texts)) {
			untranslated.set(name, [...(untranslated.get(name) ?? []), language]);
		}
	}
	for (const [name, languages] of untranslated) {
		console.warn(`In English for ${languages.join(', ')}: ${name}`);
	}
};

function readTexts(file) {
	return JSON.parse(readFileSync(join(LOCALES, file), 'utf8'));
}

function write(file, text) {
	const path = join(folder, file);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
}

async function makePage(set) {
	const { dialogOf, pageOf } = await import('./scripts/editor-pages.mjs');
	const markup = (name) => readFileSync(join(EDITOR, 'markup', `${name}.html`), 'utf8');
	// A plugin has no fields.
	const fields = allFields()[set];
	return pageOf({
		markup: fields && dialogOf(set, fields, markup),
		...(await bundle(set, fields)),
	});
}

/** The compiled tables of fields. */
function allFields() {
	return require(resolve(folder, 'node-red/contract/nodeFields.js')).FIELDS;
}

/** Bundles the script and style of a page: from the node's own definition, or else from the default one. */
async function bundle(set, fields) {
	const { pageFields, withProperties } = await import('./scripts/editor-pages.mjs');
	const own = join(NODES, set, 'editor.mts');
	const file = existsSync(own) ? own : join(EDITOR, 'node.mts');
	const source = readFileSync(file, 'utf8');
	const { outputFiles } = await build({
		stdin: {
			contents: fields ? withProperties(source, fields) : source,
			sourcefile: file,
			resolveDir: dirname(file),
			loader: 'ts',
		},
		bundle: true,
		minify: true,
		format: 'iife',
		target: 'es2022',
		charset: 'utf8',
		// Otherwise each page would begin with "use strict".
		tsconfigRaw: { compilerOptions: { alwaysStrict: false } },
		define: fields && { TYPE: JSON.stringify(set), FIELDS: JSON.stringify(pageFields(fields)) },
		outdir: '.',
		write: false,
		plugins: [pureCore],
	});
	const text = (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text;
	return { script: text('.js'), style: text('.css') };
}

/** Declares the core's modules free of side effects, so that unused code is left out of a page. */
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

exports.stale = stale;

const docs = async () => (await import('./scripts/docs.mjs')).writeDocs();

exports.default = parallel(stale, copies, outputSchemas, editorPages, docs);
