// The examples that need other nodes, in a real Node-RED with these nodes: a stand-in plays the mail server, and a
// browser opens the dashboard.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { openBrowser } from '../lib/browser.mjs';
import { exampleOf, useNodeRed } from '../lib/node-red.mjs';

const MODULES = ['node-red-node-email@5.2.5', '@flowfuse/node-red-dashboard@1.31.0'];
const TO = 'visitor@example.com';

void describe('Node-RED recipes', () => {
	const mails = [];
	let smtp;
	const rig = useNodeRed('5', { modules: MODULES, simulator: { latencyMs: 2_000 } });

	before(async () => {
		const modules = join(rig.dir, 'user', 'node_modules');
		smtp = mailServer(createRequire(join(modules, 'node-red-node-email', 'x')), mails);
		await once(smtp.server, 'listening');
	});
	beforeEach(() => rig.simulator.clearFaults());
	after(() => smtp && new Promise((resolve) => smtp.close(() => resolve(undefined))));

	/** Deploys an example with a user's values. */
	const open = (name, fill = (_node) => ({})) =>
		rig.nodeRed.deploy(
			exampleOf(name, rig.simulator).map((node) => ({
				...node,
				...(node.type === 'runcomfy-run' && {
					deploymentId: rig.simulator.deploymentIds.textToImage,
				}),
				...fill(node),
			})),
		);

	it('mail sends the picture as an attachment, and says why a run failed', async () => {
		const { port } = smtp.server.address();
		const mailer = { server: '127.0.0.1', port, secure: false, tls: false, name: TO };
		await open('14-mail', ({ type }) =>
			type === 'e-mail'
				? { ...mailer, credentials: { userid: 'me@example.com', password: 'secret' } }
				: {},
		);
		await rig.nodeRed.inject('runcomfy_mail_inject');
		await until('the mail is there', () => mails.length === 1, 60_000);
		assert.match(mails[0], new RegExp(`^To: ${TO}`, 'm'));
		assert.match(mails[0], /^Subject: Your picture/m);
		assert.match(mails[0], /filename=\S+\.png/);
		const [, encoded = ''] = /\r\n\r\n(iVBOR[\w+/=\r\n]+)/.exec(mails[0]) ?? [];
		assert.ok(
			Buffer.from(encoded, 'base64').includes('fox'),
			'the picture is the one of the prompt',
		);

		rig.simulator.inject({ name: 'run_failed' });
		await rig.nodeRed.inject('runcomfy_mail_inject');
		await until('the second mail is there', () => mails.length === 2, 60_000);
		assert.match(mails[1], /^Subject: No picture/m);
		assert.match(mails[1], /\(run_failed\)/);
	});

	it('dashboard runs the prompt of its page, and shows the picture', async () => {
		await open('15-dashboard');
		const browser = await openBrowser({ viewport: { width: 900, height: 900 } });
		const { page } = browser;
		try {
			await page.goto(`${rig.url}/dashboard/runcomfy`);
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
			const job = [...rig.simulator.jobs.values()].at(-1);
			assert.equal(job.graph['6'].inputs.text, 'a blue whale');
			assert.deepEqual(browser.pageErrors, []);
		} finally {
			await browser.close();
		}
	});
});

/** Accepts every mail from everybody who logs in. */
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
