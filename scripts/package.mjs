// Splits the build into the published packages: one per host, and the simulator. n8n reviews everything in a package and
// allows no dependencies; Node-RED expects its own name and dependencies: docs/adr/0002-one-package.md. `npm run package`
// builds, and packs all three into packages/.
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

const keywordsWithout = (/** @type {string[]} */ ...words) =>
	manifest.keywords.filter((/** @type {string} */ keyword) => !words.includes(keyword));

const PACKAGES = {
	n8n: {
		name: manifest.name,
		description: "Run ComfyUI workflows on RunComfy's Serverless API from n8n",
		keywords: keywordsWithout('node-red'),
		...pick(...SHARED, 'n8n', 'peerDependencies'),
		files: ['dist/core', 'dist/credentials', 'dist/nodes'],
		readme: () => readmeWithout('First run in Node-RED'),
	},
	nodeRed: {
		name: 'node-red-contrib-runcomfy',
		description: "Run ComfyUI workflows on RunComfy's Serverless API from Node-RED",
		keywords: keywordsWithout('n8n-community-node-package'),
		...pick(...SHARED, 'node-red'),
		dependencies: manifest.optionalDependencies,
		files: ['dist/core', 'dist/node-red', 'examples'],
		readme: () => readmeWithout('First run in n8n'),
	},
	simulator: {
		name: 'runcomfy-simulator',
		description: "RunComfy's Serverless API on your own machine, also in front of your own ComfyUI",
		keywords: keywordsWithout('node-red', 'n8n-community-node-package'),
		...pick(...SHARED),
		// Relative links of its README begin there.
		repository: { ...manifest.repository, directory: 'simulator' },
		bin: { 'runcomfy-simulator': 'dist/simulator/cli.js' },
		exports: {
			types: './dist/simulator/index.d.ts',
			default: './dist/simulator/index.js',
		},
		files: ['dist/simulator'],
		readme: () => readFileSync(join(root, 'simulator/README.md'), 'utf8'),
	},
};

/** The root's README without a chapter that only users of the other host need. @param {string} chapter */
const readmeWithout = (chapter) =>
	readFileSync(join(root, 'README.md'), 'utf8')
		.split(/^(?=## )/m)
		.filter((part) => !part.startsWith(`## ${chapter}\n`))
		.join('');

/** @typedef {keyof typeof PACKAGES} Package */
const NAMES = /** @type {Package[]} */ (Object.keys(PACKAGES));

/**
 * Where `npm run package` puts the tarballs of a version.
 * @param {string} version
 * @returns {Record<Package, string>}
 */
export const packedFor = (version) =>
	/** @type {any} */ (
		Object.fromEntries(
			NAMES.map((key) => [key, join(root, 'packages', `${PACKAGES[key].name}-${version}.tgz`)]),
		)
	);

/** The tarballs that `npm run package` has made, for the end-to-end tests. */
export const PACKED = packedFor(manifest.version);

/** Files that only the build and the tests need. Types are published for the simulator alone, which others import. */
const EXCLUDED = [
	'!dist/node-red/contract/nodeFields.js',
	'!dist/{core,credentials,nodes,node-red}/**/*.d.ts',
];

/**
 * Packs a part of the build as it is published.
 * @param {Package} what
 * @param {string} folder for the tarball; must exist
 * @returns {string} its path
 */
export function pack(what, folder) {
	const { readme, ...own } = PACKAGES[what];
	const stage = mkdtempSync(join(tmpdir(), 'runcomfy-package-'));
	try {
		for (const name of [...own.files, 'LICENSE']) {
			mkdirSync(dirname(join(stage, name)), { recursive: true });
			cpSync(join(root, name), join(stage, name), { recursive: true });
		}
		writeFileSync(join(stage, 'README.md'), `# ${own.name}\n${readme().replace(/^# .*\n/, '')}`);
		if (what === 'nodeRed') nameModule(join(stage, 'dist', 'node-red'), own.name);
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
	for (const what of NAMES) console.log(relative(root, pack(what, folder)));
}
