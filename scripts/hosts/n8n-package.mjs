// The package in an n8n's user folder, as n8n's own installer puts it there.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../process.mjs';

// The installer's own steps: without dev, peer and optional dependencies, no scripts.
export async function installPackage(dir, tarball, env) {
	const nodes = join(dir, '.n8n', 'nodes');
	const target = join(nodes, 'node_modules', 'n8n-nodes-runcomfy');
	mkdirSync(target, { recursive: true });
	writeFileSync(
		join(nodes, 'package.json'),
		JSON.stringify({ name: 'installed-nodes', private: true, dependencies: {} }),
	);
	execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
	const manifest = JSON.parse(
		execFileSync(
			process.execPath,
			['-p', `JSON.stringify(require(${JSON.stringify(join(target, 'package.json'))}))`],
			{
				encoding: 'utf8',
			},
		),
	);
	for (const key of ['devDependencies', 'peerDependencies', 'optionalDependencies']) {
		delete manifest[key];
	}
	writeFileSync(join(target, 'package.json'), JSON.stringify(manifest, null, 2));
	await exec(
		'npm',
		[
			'install',
			'--audit=false',
			'--fund=false',
			'--bin-links=false',
			'--install-strategy=shallow',
			'--ignore-scripts=true',
			'--package-lock=false',
		],
		{ cwd: target, env },
	);
}
