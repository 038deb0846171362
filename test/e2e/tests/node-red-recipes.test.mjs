// The examples that need nodes from elsewhere, in a real Node-RED with these nodes: a mail server stands in at the
// other end, and a browser opens the dashboard.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { exec, until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { install, startAgain } from '../lib/node-red.mjs';

/** Installs them as the palette manager does. */
const MODULES = ['node-red-node-email@5.2.5', '@flowfuse/node-red-dashboard@1.31.0'];
const TO = 'visitor@example.com';

void describe('Node-RED recipes', () => {
	const mails = [];
	let userDir;
	let simulator;
	let smtp;
	let nodeRed;

	before(async () => {
		userDir = mkdtempSync(join(tmpdir(), 'runcomfy-recipes-'));
		simulator = await startSimulator({ latencyMs: 2_000 });
		await install('5', userDir);
		await exec('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...MODULES], {
			cwd: userDir,
		});
		smtp = mailServer(
			createRequire(join(userDir, 'node_modules', 'node-red-node-email', 'x')),
			mails,
		);
		await once(smtp.server, 'listening');
		nodeRed = await startAgain('5', { userDir });
	});
	beforeEach(() => simulator.clearFaults());
	after(async () => {
		await nodeRed?.stop();
		await simulator?.close();
		if (smtp) await new Promise((resolve) => smtp.close(() => resolve(undefined)));
		rmSync(userDir, { recursive: true, force: true });
	});

	/** Deploys an example, with what a user fills in. */
	const open = (file, fill = (_node) => ({})) =>
		nodeRed.deploy(
			JSON.parse(readFileSync(join(root, 'examples', file), 'utf8')).map((node) => ({
				...node,
				...(node.type === 'runcomfy-config' && {
					baseUrl: simulator.url,
					credentials: { apiToken: simulator.token },
				}),
				...(node.type === 'runcomfy-run' && { deploymentId: simulator.deploymentIds.textToImage }),
				...fill(node),
			})),
		);

	it('mail sends the picture as an attachment, and says why a run failed', async () => {
		const { port } = smtp.server.address();
		const mailer = { server: '127.0.0.1', port, secure: false, tls: false, name: TO };
		await open('21-mail.json', ({ type }) =>
			type === 'e-mail'
				? { ...mailer, credentials: { userid: 'me@example.com', password: 'secret' } }
				: {},
		);
		await nodeRed.inject('runcomfy_mail_inject');
		await until('the mail is there', () => mails.length === 1, 60_000);
		assert.match(mails[0], new RegExp(`^To: ${TO}`, 'm'));
		assert.match(mails[0], /^Subject: Your picture/m);
		assert.match(mails[0], /filename=\S+\.png/);
		const [, encoded = ''] = /\r\n\r\n(iVBOR[\w+/=\r\n]+)/.exec(mails[0]) ?? [];
		assert.ok(
			Buffer.from(encoded, 'base64').includes('fox'),
			'the picture is the one of the prompt',
		);

		simulator.inject({ name: 'run_failed' });
		await nodeRed.inject('runcomfy_mail_inject');
		await until('the second mail is there', () => mails.length === 2, 60_000);
		assert.match(mails[1], /^Subject: No picture/m);
		assert.match(mails[1], /\(run_failed\)/);
	});

	it('dashboard runs the prompt of its page, and shows the picture', async () => {
		await open('15-dashboard.json');
		const browser = await openBrowser({ viewport: { width: 900, height: 900 } });
		const { page } = browser;
		try {
			await page.goto(`${nodeRed.url}/dashboard/runcomfy`);
			const prompt = page
				.locator('.nrdb-ui-text-field input, .nrdb-ui-text-field textarea')
				.first();
			await prompt.waitFor({ timeout: 60_000 });
			await prompt.fill('a blue whale');
			await prompt.press('Enter');
			await prompt.blur();
			await page.getByRole('button', { name: 'Run' }).click();
			const picture = page.locator('img[alt="The picture of the last run"]');
			await picture.waitFor({ timeout: 60_000 });
			await page.getByText('done').waitFor({ timeout: 60_000 });
			await until('the picture is loaded', () =>
				picture.evaluate((img) => /** @type {any} */ (img).naturalWidth > 1),
			);
			await browser.picture('node-red-dashboard');
			const job = [...simulator.jobs.values()].at(-1);
			assert.equal(job.graph['6'].inputs.text, 'a blue whale');
			assert.deepEqual(browser.pageErrors, []);
		} finally {
			await browser.close();
		}
	});
});

/** Takes every mail from everybody who logs in. */
function mailServer(load, mails) {
	const { SMTPServer } = load('smtp-server');
	const server = new SMTPServer({
		disabledCommands: ['STARTTLS'],
		allowInsecureAuth: true,
		onAuth: ({ username }, _session, done) => done(null, { user: username }),
		async onData(stream, _session, done) {
			const chunks = [];
			for await (const chunk of stream) chunks.push(chunk);
			mails.push(Buffer.concat(chunks).toString());
			done();
		},
	});
	server.listen(0, '127.0.0.1');
	return server;
}
