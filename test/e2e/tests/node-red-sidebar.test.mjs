// The sidebar "RunComfy jobs" in real editors: jobs appear, progress, are found, canceled and opened.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { RELEASES, useEditor } from '../lib/node-red.mjs';
import { flowsOf, jobsOf } from '../lib/node-red-jobs.mjs';

/** Visitors who do not sign in may only read; the token `writer` may do everything. */
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

const viewport = { width: 1440, height: 960 };
const requestOf = ({ simulator }, prompt) =>
	[...simulator.jobs.values()].find(({ overrides }) => overrides[6].inputs.text === prompt);

for (const release of RELEASES) {
	void describe(`The job sidebar of Node-RED ${release}`, () => {
		/** @type {ReturnType<typeof jobsOf>} */
		let jobs;
		const simulator = { latencyMs: 5_000, maxInstances: 1 };
		const flow = (rig) => flowsOf(rig.simulator);
		const rig = useEditor(release, { simulator, flow }, { viewport });
		before(() => {
			jobs = jobsOf(rig.editor);
		});
		const press = (name) => rig.nodeRed.inject(`press_${name}`);

		it('is empty at first, and says what will be there', async () => {
			const shown = (parts) => parts.filter(({ hidden }) => !hidden).length;
			// Before the jobs are loaded.
			assert.equal(await rig.editor.page.$$eval('.runcomfy-jobs-list > *', shown), 0);
			await jobs.open();
			await rig.editor.page.waitForSelector('.runcomfy-jobs-empty:visible');
		});

		it('shows a job until its picture is there', async () => {
			await press('fox');
			await until('it runs', async () => /running/.test((await jobs.rows())[0]?.state));
			await until('it has a picture', async () => (await jobs.rows())[0]?.thumbnail);
			const [{ name, flow: tab, state }] = await jobs.rows();
			assert.deepEqual({ name, tab }, { name: 'Fox', tab: 'Pictures' });
			assert.match(state, /^succeeded · \d+ s$/);
		});

		it('shows how long one has run, and what waits with its place', async () => {
			for (const name of ['fox', 'harbour', 'fox']) await press(name);
			const rows = await until('one runs for a while, two wait', async () => {
				const all = await jobs.rows();
				const waiting = all.filter(({ state }) => /^in queue · \d/.test(state));
				return /^running · [2-9]/.test(all[0].state) && waiting.length === 2 && all;
			});
			assert.match(rows[0].state, /^running · \d s$/);
			await rig.editor.picture(`node-red-${release}-jobs`);
		});

		it('goes to the node, on whichever tab', async () => {
			await jobs.row('Harbour').locator('.runcomfy-job-name').click();
			assert.deepEqual(await jobs.selection(), { flow: 'tab_more', nodes: ['run_harbour'] });
		});

		it('cancels at RunComfy', async () => {
			await jobs.row('Harbour').getByRole('button', { name: 'Cancel' }).click();
			await until('it shows as canceled', async () =>
				(await jobs.rows()).some(
					({ name, state }) => /Harbour/.test(name) && /^canceled/.test(state),
				),
			);
			assert.equal(requestOf(rig, 'Harbour at dawn').state, 'canceled');
		});

		it('opens a result', async () => {
			const opened = rig.editor.context.waitForEvent('page');
			await rig.editor.page.getByRole('link', { name: 'Open the result' }).last().click();
			const page = await opened;
			await page.waitForURL(`${rig.simulator.url}/storage/**`);
			await page.close();
		});

		if (release !== '5') return;

		it('shows how others end: without a picture, or with the code of an error', async () => {
			await press('clip');
			await press('portrait');
			const [clip, gone] = await until('both have ended', async () => {
				const rows = (await jobs.rows()).filter((row) => /^Clips/.test(row.flow) && row.ended);
				return rows.length === 2 && rows;
			});
			assert.match(clip.state, /^succeeded/);
			assert.deepEqual([clip.sign, clip.thumbnail], ['film', false]);
			assert.deepEqual([gone.flow, gone.state], ['Clips › Portraits', 'not_found']);
			await jobs.row('Gone').locator('.runcomfy-job-name').click();
			assert.deepEqual(await jobs.selection(), { flow: 'portrait', nodes: ['run_gone'] });
		});

		it('shows the current flow only, if so wished', async () => {
			await jobs.press('current flow');
			assert.deepEqual(
				(await jobs.rows()).map(({ name }) => name),
				['Gone'],
			);
			await jobs.press('all flows');
			assert.ok((await jobs.rows()).length > 1);
		});

		it('copies a request id', async () => {
			const { requestId } = requestOf(rig, 'Clip');
			assert.equal(await jobs.copyFrom(jobs.row('Clip')), requestId);
		});

		it('catches up when the connection was lost for a while, and starts again with Node-RED', async () => {
			await until('all have ended', async () => (await jobs.rows()).every(({ ended }) => ended));
			const asked = jobs.requests();
			await rig.nodeRed.stop();
			await rig.start();
			await until('it has asked', () => jobs.requests() > asked, 60_000);
			await rig.editor.page.waitForSelector('.runcomfy-jobs-empty:visible');
			assert.deepEqual(await jobs.rows(), []);
		});

		it('shows the other pictures if one cannot be shown', async () => {
			for (const name of ['fox', 'fox']) await press(name);
			const pictures = async () => (await jobs.rows()).filter(({ thumbnail }) => thumbnail).length;
			await until('two have a picture', async () => (await pictures()) === 2);
			const broken = { contentType: 'image/png', body: 'not a picture' };
			await rig.editor.page.route('**/storage/**', (route) => route.fulfill(broken), { times: 1 });
			await rig.editor.reload();
			await jobs.open();
			await until('the other one is there', async () => (await pictures()) === 1);
		});

		it('is reached by the keyboard', async () => {
			rig.simulator.update({ latencyMs: 600_000 });
			await press('fox');
			await until('it is there', async () => (await jobs.rows())[0]?.ended === false);
			await rig.editor.page.locator('.runcomfy-jobs button').first().focus();
			const reached = [];
			for (let step = 0; step < 6; step += 1) {
				reached.push(await jobs.focused());
				await rig.editor.page.keyboard.press('Tab');
			}
			assert.ok(reached.includes('Fox'), String(reached));
			assert.ok(reached.includes('Cancel the job'), String(reached));
		});
	});
}

void describe(`A reader's job sidebar`, () => {
	const rig = useEditor('5', { simulator: { latencyMs: 60_000 }, settings: READ_ONLY });

	it('shows the jobs, and cancels none', async () => {
		const headers = { 'content-type': 'application/json', authorization: 'Bearer writer' };
		const flows = JSON.stringify(flowsOf(rig.simulator, { once: true }));
		const answer = await fetch(`${rig.url}/flows`, { method: 'POST', headers, body: flows });
		assert.equal(answer.status, 204);
		await rig.editor.reload();
		const jobs = jobsOf(rig.editor);
		await jobs.open();
		// All buttons are pressed at once, so the order of the rows is unknown.
		const fox = async () => (await jobs.rows()).find(({ name }) => name === 'Fox');
		await until('it runs', async () => /running/.test((await fox())?.state));
		assert.equal(await jobs.row('Fox').locator('button:has(.fa-stop)').isDisabled(), true);
		const { job } = await fox();
		const refused = await fetch(`${rig.url}/runcomfy/jobs/${job}/cancel`, { method: 'POST' });
		assert.equal(refused.status, 401);
		assert.equal((await fetch(`${rig.url}/runcomfy/jobs/with-urls`)).status, 401);
		assert.equal(requestOf(rig, 'Fox').cancelRequestedAt, undefined);
	});
});
