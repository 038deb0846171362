// Copies what tsc leaves behind: icons, editor HTML and locale files. Run after tsc.
const { existsSync, readFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { Transform } = require('node:stream');
const { dest, parallel, src } = require('gulp');

const n8nIcons = () =>
	src(['nodes/**/*.svg', 'credentials/**/*.svg'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);

const nodeRedEditor = () =>
	src(['node-red/*/*.html', 'node-red/*/locales/**/*.html'], { base: '.' }).pipe(dest('dist'));

// Node-RED gives each node a catalogue of its own: the texts that all of ours share are written
// once, in node-red/lib/locales, and go into every one of them.
const nodeRedCatalogues = () =>
	src(['node-red/runcomfy-*/locales/**/*.json'], { base: '.' })
		.pipe(withSharedTexts())
		.pipe(dest('dist'));

function withSharedTexts() {
	return new Transform({
		objectMode: true,
		transform(file, _encoding, done) {
			const language = basename(dirname(file.path));
			const shared = join(__dirname, 'node-red/lib/locales', language, 'common.json');
			const texts = {
				...(existsSync(shared) ? JSON.parse(readFileSync(shared, 'utf8')) : {}),
				...JSON.parse(file.contents.toString('utf8')),
			};
			file.contents = Buffer.from(`${JSON.stringify(texts)}\n`);
			done(null, file);
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
