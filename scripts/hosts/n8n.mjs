// A real n8n with the packed tarball, installed as n8n's installer does it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { exec, start, until } from '../process.mjs';
import { n8nHasModule, n8nScript, nodeForN8n } from './paths.mjs';

/**
 * @param {object} options
 * @param {string} options.dir n8n's user folder, made here
 * @param {string} [options.tarball] the packed package
 * @param {number} [options.port] a free one by default
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {object[]} [options.credentials] imported before the start, ids kept
 * @param {object[]} [options.workflows] imported before the start, ids kept
 * @param {(line: string) => void} [options.log]
 */
export async function startN8n(options) {
	const { dir, tarball, env = {}, credentials, workflows, log } = options;
	const node = nodeForN8n();
	const port = options.port ?? (await freePort());
	/** @type {NodeJS.ProcessEnv} */
	const fullEnv = { ...(await n8nEnv({ dir, port })), ...env };
	if (tarball) await installPackage(dir, tarball, fullEnv);
	const cli = (args) => exec(node, [n8nScript(), ...args], { cwd: dir, env: fullEnv });
	if (credentials) await importFile(cli, dir, 'credentials', credentials);
	if (workflows) await importFile(cli, dir, 'workflow', workflows);

	const server = start(node, [n8nScript(), 'start'], {
		cwd: dir,
		env: fullEnv,
		...(log && { log }),
	});
	const url = `http://127.0.0.1:${port}`;
	await n8nReady(server, url);
	return { url, server, ...(await openSession(url)), stop: () => server.stop() };
}

/**
 * Resolves when the editor and the REST API answer; otherwise it ends n8n and rejects with n8n's output.
 * @param {ReturnType<typeof start>} server
 * @param {string} url
 */
export async function n8nReady(server, url) {
	try {
		await until(
			'n8n is ready',
			async () => {
				if (!server.running()) return 'ended';
				const answer = await fetch(`${url}/healthz/readiness`);
				return answer.ok && server.lines.some((line) => line.includes('Editor is now accessible'));
			},
			120_000,
		);
		if (!server.running()) throw new Error('n8n ended');
	} catch (error) {
		await server.stop();
		throw new Error(
			`${/** @type {Error} */ (error).message}\n${server.lines.slice(-40).join('\n')}`,
		);
	}
}

/**
 * The environment of a process of n8n.
 * @param {{dir: string, port: number}} options its user folder and the port of its editor
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function n8nEnv({ dir, port }) {
	return {
		...process.env,
		PATH: `${dirname(nodeForN8n())}:${process.env.PATH}`,
		N8N_USER_FOLDER: dir,
		N8N_PORT: String(port),
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		N8N_ENCRYPTION_KEY: 'e2e-encryption-key',
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		...(n8nHasModule('mcp-registry') && { N8N_DISABLED_MODULES: 'mcp-registry' }),
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	};
}

async function importFile(cli, dir, what, content) {
	const file = join(dir, `import-${what}.json`);
	// The error may contain a token.
	writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
	try {
		await cli([`import:${what}`, `--input=${file}`]);
	} finally {
		rmSync(file);
	}
}

// The installer's own steps: without dev, peer and optional dependencies, no scripts.
export async function installPackage(dir, tarball, env) {
	const nodes = join(dir, '.n8n', 'nodes');
	const target = join(nodes, 'node_modules', 'n8n-nodes-runcomfy');
	mkdirSync(target, { recursive: true });
	const own = { name: 'installed-nodes', private: true, dependencies: {} };
	writeFileSync(join(nodes, 'package.json'), JSON.stringify(own));
	execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
	const file = join(target, 'package.json');
	const manifest = JSON.parse(readFileSync(file, 'utf8'));
	for (const key of ['devDependencies', 'peerDependencies', 'optionalDependencies']) {
		delete manifest[key];
	}
	writeFileSync(file, JSON.stringify(manifest, null, 2));
	const quiet = ['--audit=false', '--fund=false', '--bin-links=false', '--package-lock=false'];
	const install = ['install', ...quiet, '--install-strategy=shallow', '--ignore-scripts=true'];
	await exec('npm', install, { cwd: target, env });
}

export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Ada',
	lastName: 'Owner',
	password: 'Owner-Password-1',
};

/** Creates the owner (or signs in), and returns a REST client with the session's cookie. */
export async function openSession(url) {
	const post = (path, body) =>
		fetch(url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	let answer = await post('/rest/owner/setup', OWNER);
	if (!answer.ok) {
		answer = await post('/rest/login', {
			emailOrLdapLoginId: OWNER.email,
			password: OWNER.password,
		});
	}
	if (!answer.ok) throw new Error(`n8n login: HTTP ${answer.status} ${await answer.text()}`);
	const cookie = answer.headers
		.getSetCookie()
		.map((line) => line.split(';')[0])
		.join('; ');

	/** The `data` of n8n's answer. */
	const rest = async (method, path, body) => {
		const reply = await fetch(`${url}${path}`, {
			method,
			// If n8n closed the connection while the next call goes out, that call would fail.
			headers: { cookie, 'content-type': 'application/json', connection: 'close' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const text = await reply.text();
		if (!reply.ok) throw new Error(`${method} ${path}: HTTP ${reply.status} ${text.slice(0, 500)}`);
		const json = text ? JSON.parse(text) : undefined;
		return json && typeof json === 'object' && 'data' in json ? json.data : json;
	};
	return { cookie, rest };
}
