// Splits the build into two published packages, one per host. n8n reviews everything in a package and allows no
// dependencies; Node-RED expects its own name and dependencies: docs/adr/0002-one-package.md. `npm run package` builds,
// and packs both into packages/.
import { execFileSync } from 'node:child_process';
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './root.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const SHARED = ['version', 'license', 'homepage', 'author', 'repository', 'bugs', 'engines'];

/** @param {string[]} keys of the manifest */
const pick = (...keys) => Object.fromEntries(keys.map((key) => [key, manifest[key]]));

const keywordsWithout = (/** @type {string} */ word) =>
	manifest.keywords.filter((/** @type {string} */ keyword) => keyword !== word);

const PACKAGES = {
	n8n: {
		name: manifest.name,
		description: "Run ComfyUI workflows on RunComfy's Serverless API from n8n",
		keywords: keywordsWithout('node-red'),
		...pick(...SHARED, 'n8n', 'peerDependencies'),
		files: ['dist/core', 'dist/credentials', 'dist/nodes'],
	},
	nodeRed: {
		name: 'node-red-contrib-runcomfy',
		description: "Run ComfyUI workflows on RunComfy's Serverless API from Node-RED",
		keywords: keywordsWithout('n8n-community-node-package'),
		...pick(...SHARED, 'node-red', 'bin', 'exports'),
		dependencies: manifest.optionalDependencies,
		files: ['dist/core', 'dist/node-red', 'dist/simulator', 'examples', 'simulator/README.md'],
	},
};

/** Where `npm run package` puts the tarballs of a version. @param {string} version */
export function packedFor(version) {
	const packed = (/** @type {string} */ name) => join(root, 'packages', `${name}-${version}.tgz`);
	return { n8n: packed(PACKAGES.n8n.name), nodeRed: packed(PACKAGES.nodeRed.name) };
}

/** The tarballs that `npm run package` has made, for the end-to-end tests. */
export const PACKED = packedFor(manifest.version);

/** Files that only the build and the tests need. Types are published for the simulator alone, which others import. */
const EXCLUDED = [
	'!dist/node-red/contract/nodeFields.js',
	'!dist/{core,credentials,nodes,node-red}/**/*.d.ts',
];

/**
 * Packs the built package as it is published.
 * @param {string} folder for the tarballs; must exist
 * @returns {{ n8n: string, nodeRed: string }} their paths
 */
export function packPublished(folder) {
	return { n8n: pack('n8n', folder), nodeRed: pack('nodeRed', folder) };
}

/** @param {keyof typeof PACKAGES} host @param {string} folder */
function pack(host, folder) {
	const own = PACKAGES[host];
	const stage = mkdtempSync(join(tmpdir(), 'runcomfy-package-'));
	try {
		for (const name of [...own.files, 'README.md', 'LICENSE']) {
			mkdirSync(dirname(join(stage, name)), { recursive: true });
			cpSync(join(root, name), join(stage, name), { recursive: true });
		}
		if (host === 'nodeRed') nameModule(join(stage, 'dist', 'node-red'), own.name);
		const published = { ...own, files: [...own.files, ...EXCLUDED] };
		writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, '\t')}\n`);
		const to = ['--json', '--pack-destination', folder];
		const [{ filename }] = JSON.parse(npm(['pack', '--ignore-scripts', ...to], stage));
		return join(folder, filename);
	} finally {
		rmSync(stage, { recursive: true, force: true });
	}
}

/** Node-RED looks up a page's texts under the name of the module. */
function nameModule(/** @type {string} */ dir, /** @type {string} */ name) {
	for (const file of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
		if (!file.endsWith('.html')) continue;
		const path = join(dir, file);
		const page = readFileSync(path, 'utf8');
		writeFileSync(path, page.replaceAll(`${manifest.name}/runcomfy-`, `${name}/runcomfy-`));
	}
}

/** Returns npm's output. Throws unless npm exits with 0. @param {string[]} args @param {string} cwd */
export function npm(args, cwd) {
	// On Windows, npm is a script.
	const shell = process.platform === 'win32';
	return execFileSync('npm', args, { cwd, shell, encoding: 'utf8', stdio: 'pipe' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const folder = join(root, 'packages');
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder);
	for (const tarball of Object.values(packPublished(folder))) console.log(relative(root, tarball));
}
