// Starts a real n8n with the packed package, installed as n8n's own installer does: a process that can be killed and
// restarted, as a main process or a worker in queue mode.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from '../free-port.mjs';
import { exec, start, startService } from '../process.mjs';
import { nodeForN8n, toolPath } from './setup.mjs';

/**
 * @typedef {object} ProcessOptions
 * @property {string} dir n8n's user folder, made if missing
 * @property {string | undefined} [tarball] the packed package, to be installed there
 * @property {number | undefined} [port] of the editor, a free one by default; a worker only writes it into addresses
 * @property {NodeJS.ProcessEnv | undefined} [env]
 */

/**
 * @param {ProcessOptions & {credentials?: object[], workflows?: object[]}} options credentials and workflows are imported
 * before the start, ids kept
 */
export async function startN8n(options) {
	const { dir, credentials, workflows } = options;
	const port = options.port ?? (await freePort());
	const env = await prepare({ ...options, port });
	if (credentials) await importFile(dir, env, 'credentials', credentials);
	if (workflows) await importFile(dir, env, 'workflow', workflows);
	const url = `http://127.0.0.1:${port}`;
	const launch = () => startScript(['start'], { cwd: dir, env });
	const service = await startService('n8n', launch, async ({ lines }) => {
		const answer = await fetch(`${url}/healthz/readiness`);
		return answer.ok && lines.some((line) => line.includes('Editor is now accessible'));
	});
	const cookie = await signIn(url);
	return {
		url,
		service,
		/** The owner's session cookie, valid across restarts. */
		cookie,
		/**
		 * Calls n8n's REST API and returns `data` from the answer. @param {string} method @param {string} path @param
		 * {object} [body] @returns {Promise<any>}
		 */
		async rest(method, path, body) {
			const reply = await fetch(`${url}${path}`, {
				method,
				// A kept-alive connection could be closed by n8n just as the next call goes out.
				headers: { cookie, 'content-type': 'application/json', connection: 'close' },
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			const text = await reply.text();
			if (!reply.ok)
				throw new Error(`${method} ${path}: HTTP ${reply.status} ${text.slice(0, 500)}`);
			const json = text ? JSON.parse(text) : undefined;
			return json && typeof json === 'object' && 'data' in json ? json.data : json;
		},
	};
}

/** @param {ProcessOptions & {concurrency: number}} options */
export async function startWorker(options) {
	const { dir, concurrency } = options;
	const health = await freePort();
	const env = {
		// A worker serves nothing, so the URLs that it writes point to a closed port.
		...(await prepare({ ...options, port: await freePort() })),
		QUEUE_HEALTH_CHECK_ACTIVE: 'true',
		QUEUE_HEALTH_CHECK_PORT: String(health),
		N8N_WORKER_SERVER_ADDRESS: '127.0.0.1',
	};
	const launch = () => startScript(['worker', `--concurrency=${concurrency}`], { cwd: dir, env });
	return startService('the worker', launch, async () => {
		return (await fetch(`http://127.0.0.1:${health}/healthz/readiness`)).ok;
	});
}

/** @param {string[]} args @param {Parameters<typeof start>[2]} options */
function startScript(args, options) {
	return start(nodeForN8n(), [toolPath('n8n/bin/n8n'), ...args], { ...options, group: true });
}

/** @param {ProcessOptions & {port: number}} options @returns {Promise<NodeJS.ProcessEnv>} the environment */
async function prepare({ dir, tarball, port, env: more }) {
	mkdirSync(dir, { recursive: true });
	const env = {
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
		N8N_DISABLED_MODULES: 'mcp-registry',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		...more,
	};
	if (tarball) await installPackage(dir, tarball, env);
	return env;
}

/** @param {string} dir @param {NodeJS.ProcessEnv} env @param {string} what @param {object[]} content */
async function importFile(dir, env, what, content) {
	const file = join(dir, `import-${what}.json`);
	// The file may contain a token.
	writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
	const args = [toolPath('n8n/bin/n8n'), `import:${what}`, `--input=${file}`];
	await exec(nodeForN8n(), args, { cwd: dir, env }).finally(() => rmSync(file));
}

/**
 * Installs like n8n's installer: without dev, peer and optional dependencies or scripts.
 * @param {string} dir @param {string} tarball @param {NodeJS.ProcessEnv} env
 */
async function installPackage(dir, tarball, env) {
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

/** Creates the owner, or signs in. @param {string} url @returns {Promise<string>} the session cookie */
async function signIn(url) {
	const post = (/** @type {string} */ path, /** @type {object} */ body) =>
		fetch(url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	let answer = await post('/rest/owner/setup', OWNER);
	if (!answer.ok) {
		const { email: emailOrLdapLoginId, password } = OWNER;
		answer = await post('/rest/login', { emailOrLdapLoginId, password });
	}
	if (!answer.ok) throw new Error(`n8n login: HTTP ${answer.status} ${await answer.text()}`);
	const lines = answer.headers.getSetCookie();
	return lines.map((line) => line.split(';')[0]).join('; ');
}
