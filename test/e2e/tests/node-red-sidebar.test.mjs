// The sidebar "RunComfy jobs" in real editors: jobs come, go on, are found, canceled and cleared.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { RELEASES, startInstalled } from '../lib/node-red.mjs';
import { flowsOf, openJobs } from '../lib/node-red-jobs.mjs';

/** Visitors who do not sign in may only read; the bearer of `writer` may do everything. */
const READ_ONLY = `
	adminAuth: {
		type: 'credentials',
		users: () => Promise.resolve(null),
		authenticate: () => Promise.resolve(null),
		default: () => Promise.resolve({ anonymous: true, permissions: 'read' }),
		tokens: (token) =>
			Promise.resolve(token === 'writer' ? { username: 'writer', permissions: '*' } : null),
	},
`;

const requestOf = (simulator, prompt) =>
	[...simulator.jobs.values()].find(({ overrides }) => overrides[6].inputs.text === prompt);

for (const release of Object.keys(RELEASES)) {
	void describe(`The job sidebar of Node-RED ${release}`, () => {
		let dir;
		let simulator;
		let nodeRed;
		let jobs;

		before(async () => {
			dir = mkdtempSync(join(tmpdir(), 'runcomfy-sidebar-'));
			simulator = await startSimulator({ latencyMs: 5_000, maxInstances: 1 });
			nodeRed = await startInstalled(release, { userDir: join(dir, 'user') });
			await nodeRed.deploy(flowsOf(simulator));
			jobs = await openJobs(nodeRed.url);
		});
		after(async () => {
			assert.deepEqual(jobs?.pageErrors, []);
			await jobs?.close();
			await nodeRed?.stop();
			await simulator?.close();
			rmSync(dir, { recursive: true, force: true });
		});

		it('is blank before the jobs are known', async () => {
			const shown = (parts) =>
				parts.filter(({ hidden }) => !hidden).map(({ className }) => className);
			assert.deepEqual(await jobs.page.$$eval('.runcomfy-jobs-list > *', shown), []);
		});

		it('is empty at first, and says what will be there', async () => {
			await jobs.open();
			await jobs.page.waitForSelector('.runcomfy-jobs-empty:visible');
			await jobs.picture(`node-red-${release}-jobs-empty`);
		});

		it('shows a job until its picture is there', async () => {
			await nodeRed.inject('press_fox');
			await until('it runs', async () => /running/.test((await jobs.rows())[0]?.state));
			await until('it has a picture', async () => (await jobs.rows())[0]?.thumbnail, 20_000);
			const [{ name, flow, state }] = await jobs.rows();
			assert.deepEqual({ name, flow }, { name: 'Fox', flow: 'Pictures' });
			assert.match(state, /^succeeded · \d+ s$/);
		});

		it('shows how others end: without a picture, or with the code of an error', async () => {
			await nodeRed.inject('press_clip');
			await nodeRed.inject('press_portrait');
			const ends = await until('both have ended', async () => {
				const rows = (await jobs.rows()).filter(({ flow, ended }) => /^Clips/.test(flow) && ended);
				return rows.length === 2 && rows;
			});
			const [clip, gone] = ends;
			assert.match(clip.state, /^succeeded/);
			assert.deepEqual([clip.sign, clip.thumbnail], ['film', false]);
			assert.deepEqual([gone.flow, gone.state], ['Clips › Portraits', 'not_found']);
			await jobs.row('Gone').locator('.runcomfy-job-name').click();
			assert.deepEqual(await jobs.selection(), { flow: 'portrait', nodes: ['run_gone'] });
		});

		it('catches up when the connection was lost for a while', async () => {
			await jobs.cut();
			const before = jobs.requests();
			await until('it is connected', () => jobs.connected());
			await until('it has asked', () => jobs.requests() === before + 1);
		});

		it('shows what runs against its usual time, and what waits with its place', async () => {
			await nodeRed.inject('press_fox');
			await nodeRed.inject('press_harbour');
			await nodeRed.inject('press_fox');
			const rows = await until('one runs for a while, two wait', async () => {
				const all = await jobs.rows();
				const waiting = all.filter(({ state }) => /^in queue · \d/.test(state));
				return all[0].progress > 30 && waiting.length === 2 && all;
			});
			assert.match(rows[0].state, /^running · \d s \/ ~\d s$/);
			await jobs.picture(`node-red-${release}-jobs`);
		});

		it('goes to the node, on whichever tab', async () => {
			await jobs.row('Harbour').locator('.runcomfy-job-name').click();
			assert.deepEqual(await jobs.selection(), { flow: 'tab_more', nodes: ['run_harbour'] });
			await jobs.picture(`node-red-${release}-jobs-reveal`);
		});

		it('shows the current flow only, if so wished', async () => {
			await jobs.press('current flow');
			assert.deepEqual(
				(await jobs.rows()).map(({ name }) => name),
				['Harbour at dawn'],
			);
			await jobs.press('all flows');
			assert.equal((await jobs.rows()).length, 6);
		});

		it('copies a request id', async () => {
			const { requestId } = requestOf(simulator, 'Harbour at dawn');
			assert.equal(await jobs.copyFrom(jobs.row('Harbour')), requestId);
		});

		it('cancels at RunComfy', async () => {
			const job = requestOf(simulator, 'Harbour at dawn');
			await jobs.row('Harbour').getByRole('button', { name: 'Cancel' }).click();
			await until('RunComfy has canceled it', () => job.state === 'canceled');
			await until('it shows as canceled', async () =>
				(await jobs.rows()).some(
					({ name, state }) => /Harbour/.test(name) && /^canceled/.test(state),
				),
			);
		});

		it('asks for nothing while another tab is shown, and catches up afterwards', async () => {
			await jobs.page.evaluate(() => globalThis.RED.sidebar.show('info'));
			await jobs.settled();
			const before = jobs.requests();
			await nodeRed.inject('press_harbour');
			await until('it has ended', () =>
				[...simulator.jobs.values()].every(({ finishedAt }) => finishedAt !== undefined),
			);
			assert.equal(jobs.requests(), before);
			await jobs.open();
			await until('all have ended', async () => {
				const rows = await jobs.rows();
				return rows.length === 7 && rows.every(({ ended }) => ended);
			});
		});

		it('shows the other pictures if one cannot be shown', async () => {
			const broken = { contentType: 'image/png', body: 'not a picture' };
			await jobs.page.route('**/thumbnail', (route) => route.fulfill(broken), { times: 1 });
			await jobs.reload();
			await jobs.open();
			await until('the others are there', async () => {
				const rows = await jobs.rows();
				return rows.filter(({ thumbnail }) => thumbnail).length >= 2;
			});
			await jobs.reload();
			await jobs.open();
		});

		it('shows more at a glance where there is room', async () => {
			await jobs.widen();
			await until('the pictures are there', async () => {
				const rows = await jobs.rows();
				return rows.filter(({ thumbnail }) => thumbnail).length === 4;
			});
			await nodeRed.inject('press_fox');
			await until('one runs', async () => (await jobs.rows())[0].progress > 30);
			await jobs.picture(`node-red-${release}-jobs-wide`);
			if (release === '4.1') return;
			await jobs.darken();
			await jobs.open();
			await nodeRed.inject('press_harbour');
			await until('another one runs, and the pictures are there again', async () => {
				const rows = await jobs.rows();
				return rows[0].progress > 30 && rows.filter(({ thumbnail }) => thumbnail).length > 4;
			});
			await jobs.picture(`node-red-${release}-jobs-dark`);
		});

		it('clears what has ended, for good', async () => {
			await until('all have ended', async () => (await jobs.rows()).every(({ ended }) => ended));
			await jobs.press('ended');
			assert.deepEqual(await jobs.rows(), []);
			await jobs.reload();
			await jobs.open();
			await jobs.page.waitForSelector('.runcomfy-jobs-empty:visible');
			assert.deepEqual(await jobs.rows(), []);
		});

		it('is reached by the keyboard', async () => {
			await nodeRed.inject('press_fox');
			await until('it is there', async () => (await jobs.rows()).length === 1);
			await jobs.page.locator('.runcomfy-jobs button').first().focus();
			const reached = [];
			for (let step = 0; step < 6; step += 1) {
				reached.push(await jobs.focused());
				await jobs.page.keyboard.press('Tab');
			}
			assert.ok(reached.includes('Fox'), String(reached));
			assert.ok(reached.includes('Cancel the job'), String(reached));
		});
	});

	void describe(`A reader's job sidebar in Node-RED ${release}`, () => {
		let dir;
		let simulator;
		let nodeRed;
		let jobs;

		before(async () => {
			dir = mkdtempSync(join(tmpdir(), 'runcomfy-reader-'));
			simulator = await startSimulator({ latencyMs: 60_000 });
			const userDir = join(dir, 'user');
			nodeRed = await startInstalled(release, { userDir, settings: READ_ONLY });
			const answer = await fetch(`${nodeRed.url}/flows`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', authorization: 'Bearer writer' },
				body: JSON.stringify(flowsOf(simulator, { once: true })),
			});
			assert.equal(answer.status, 204);
			jobs = await openJobs(nodeRed.url);
			await jobs.darken();
		});
		after(async () => {
			await jobs?.close();
			await nodeRed?.stop();
			await simulator?.close();
			rmSync(dir, { recursive: true, force: true });
		});

		it('shows the jobs, and cancels none', async () => {
			await jobs.open();
			// The buttons of all nodes are pressed at once, so the order of the rows is not known.
			const fox = async () => (await jobs.rows()).find(({ name }) => name === 'Fox');
			await until('it runs', async () => /running/.test((await fox())?.state));
			const cancel = jobs.row('Fox').locator('button:has(.fa-stop)');
			assert.equal(await cancel.isDisabled(), true);
			await jobs.picture(`node-red-${release}-jobs-reader`);
			const url = `${nodeRed.url}/runcomfy/jobs/${(await fox()).job}/cancel`;
			const json = { 'content-type': 'application/json' };
			const refused = await fetch(url, { method: 'POST', headers: json, body: '{}' });
			assert.equal(refused.status, 401);
			const request = requestOf(simulator, 'Fox');
			assert.equal(request.cancelRequestedAt, undefined);
			const allowed = await fetch(url, {
				method: 'POST',
				headers: { ...json, authorization: 'Bearer writer' },
				body: '{}',
			});
			assert.equal(allowed.status, 202);
			await until('RunComfy has canceled it', () => request.state === 'canceled');
		});
	});
}
