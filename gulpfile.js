// Copies what tsc leaves behind: icons, editor HTML and locale files. Run after tsc.
const { dest, parallel, src } = require('gulp');

const n8nIcons = () =>
	src(['nodes/**/*.svg', 'credentials/**/*.svg'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);

const nodeRedEditor = () =>
	src(['node-red/*/*.html', 'node-red/*/locales/**/*'], { base: '.' }).pipe(dest('dist'));

// Node-RED collects icons for the whole module, but only from an `icons` folder beside a node's
// runtime file: the shared ones go beside the config node.
const nodeRedIcons = () =>
	src('node-red/icons/*.svg', { encoding: false }).pipe(
		dest('dist/node-red/runcomfy-config/icons'),
	);

exports.default = parallel(n8nIcons, nodeRedEditor, nodeRedIcons);
