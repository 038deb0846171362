// Runs every workflow of the repository in a real n8n, with its own nodes for Telegram, Google and the rest, as people
// run it, and compares the results with the simulator's requests and outputs. A stand-in plays the services.
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { say } from '../../../scripts/hosts/chat-model.mjs';
import { until } from '../../../scripts/process.mjs';
import { readWorkflows, ready } from '../../../scripts/workflows.mjs';
import { openEditor, useN8n } from '../lib/n8n.mjs';
import {
	chosen,
	CREDENTIALS,
	entrancesOf,
	google,
	linkIn,
	PIXEL,
	slack,
	startMailServer,
	startOutside,
	submitForm,
	telegram,
	wordpress,
	youTube,
} from '../lib/outside.mjs';

const workflows = readWorkflows();
/** A picture other than the pixel. */
const GARMENT = Buffer.concat([PIXEL, Buffer.from('garment')]);
const NOTE = '.vue-flow__node:has([data-test-id=sticky])';
const PHOTOS = ['first.png', 'second.png'].map((name) => ({ name, bytes: PIXEL }));
const ROWS = [
	['name', 'prompt', 'status', 'link'],
	['chair', 'a wooden chair on white', '', ''],
	['done before', 'a lamp', 'done', 'https://drive.example/old'],
	['table', 'a round table on white', '', ''],
];

const idOf = (name) =>
	`template${String(workflows.findIndex((workflow) => workflow.name === name)).padStart(8, '0')}`;
const nodeOf = (workflow, name) => workflow.nodes.find((node) => node.name === name);

/** Inputs of a request by node id and name: `6.text`. */
const overridesOf = ({ overrides }) =>
	Object.fromEntries(
		Object.entries(overrides).flatMap(([node, { inputs }]) =>
			Object.entries(inputs).map(([input, value]) => [`${node}.${input}`, value]),
		),
	);
const promptOf = (job) => overridesOf(job)['6.text'];
const bytesAt = async (url) => {
	const reply = await fetch(url, { headers: { 'user-agent': 'test' } });
	return Buffer.from(await reply.arrayBuffer());
};
/** The simulator writes the prompt into its pictures. */
const isPicture = (bytes, prompt) => bytes.includes('PNG') && bytes.includes(prompt);

void describe('workflows', () => {
	const bot = telegram();
	const office = google(PHOTOS);
	const channel = youTube();
	const blog = wordpress();
	const chat = slack();
	let outside;
	let post;
	let earlier;
	const rig = useN8n({
		async prepare() {
			const routes = [bot, channel, blog, chat].map(({ route }) => route);
			outside = await startOutside([...routes, ...office.routes]);
			post = await startMailServer();
			const smtp = { type: 'smtp', data: post.data };
			const credentials = [...Object.values(CREDENTIALS), smtp].map(({ type, data }) => ({
				id: type,
				name: type,
				type,
				data,
			}));
			return { env: outside.env, credentials };
		},
		workflows: ({ simulator }) =>
			workflows.map(({ name, workflow }) =>
				open(chosen(ready(workflow, idOf(name), simulator.deploymentIds))),
			),
	});
	after(() => {
		post?.close();
		return outside?.close();
	});
	beforeEach(() => {
		rig.simulator.update({ latencyMs: 300 });
		rig.simulator.clearFaults();
		earlier = new Set(rig.simulator.jobs.keys());
		bot.sent.length = 0;
		office.mails.length = 0;
		post.mails.length = 0;
	});

	const { form, writer } = entrancesOf(rig, bot);
	const fill = (lines) =>
		office.sheet.splice(0, office.sheet.length, ...lines.map((line) => [...line]));
	/** Requests of the current test, oldest first. */
	const jobs = () =>
		[...rig.simulator.jobs.values()].filter(({ requestId }) => !earlier.has(requestId));

	/** Asserts that the item belongs to the request, and that its picture was made from these inputs. */
	async function assertPicture(item, job, prompt, seed) {
		assert.equal(item.json.request_id, job.requestId);
		const bytes = await rig.executions.file(item);
		assert.ok(isPicture(bytes, prompt), `the file shows: ${prompt}`);
		assert.ok(bytes.includes(String(seed)), `the file shows the seed ${seed}`);
		assert.ok(bytes.equals(await bytesAt(item.json.files?.[0].url ?? item.json.url)));
	}

	async function runThrough({ id }, change) {
		const outcome = await rig.executions.run(id, change);
		assert.equal(outcome.status, 'success', String(outcome.error?.message));
		assert.notEqual(jobs().length, 0);
		return outcome;
	}

	/** Runs a recipe that asks for approval by mail. @returns the outcome, after somebody has chosen */
	async function approve({ id }, choice) {
		const executionId = await rig.executions.start(id);
		// n8n stores the execution after sending the mail; a person takes longer than that.
		await until(
			'the mail is there',
			async () =>
				post.mails.length === 1 && (await rig.executions.find(executionId)).status === 'waiting',
			60_000,
		);
		const [mail] = post.mails.splice(0);
		assert.match(mail, /^To: editor@example\.com/m);
		const url = linkIn(mail);
		const headers = { 'user-agent': 'a person' };
		const opened = await fetch(url, { headers });
		assert.ok(opened.ok, `the page opens: HTTP ${opened.status}`);
		const page = await opened.text();
		const body = new FormData();
		body.append('field-1', choice);
		const reply = await fetch(url, { method: 'POST', body, headers });
		assert.ok(reply.ok, `the page takes an answer: HTTP ${reply.status}`);
		const outcome = await rig.executions.ended(executionId);
		assert.equal(outcome.status, 'success', String(outcome.error?.message));
		return { outcome, shown: [...page.matchAll(/<img src="([^"]+)"/g)].map(([, src]) => src) };
	}

	const addressOf = ({ json }) => json.files[0].url;
	const published = () => bot.sent.filter(({ method }) => method === 'sendPhoto');

	/** The data table of the recipe, which its first execution creates. */
	async function tableOf(name) {
		const { id: project } = await rig.n8n.rest('GET', '/rest/projects/personal');
		const tables = `/rest/projects/${project}/data-tables`;
		const { data } = await rig.n8n.rest('GET', tables);
		const table = `${tables}/${data.find((one) => one.name === name).id}`;
		return {
			add: (rows) => rig.n8n.rest('POST', `${table}/insert`, { data: rows, returnType: 'id' }),
			rows: async () => (await rig.n8n.rest('GET', `${table}/rows`)).data,
		};
	}

	/** Recipes in which a person decides, or that end outside of n8n; the others run through. */
	const cases = {
		async 'image-edit-from-form.json'(recipe) {
			const url = await form(recipe);
			const prompt = 'make it a winter evening';
			const answer = await submitForm(url, { 'field-0': PIXEL, 'field-1': prompt });
			const status = new URL(answer.formWaitingUrl);
			status.pathname += '/n8n-execution-status';
			await until('the last page is there', async () => {
				const reply = await fetch(status, { signal: AbortSignal.timeout(5_000) });
				return (await reply.text()) === 'form-waiting';
			});
			const page = await (await fetch(answer.formWaitingUrl)).text();
			// The page's own script does the same.
			await fetch(answer.formWaitingUrl, { method: 'POST' });
			const outcome = await rig.executions.latestOf(recipe.id);
			assert.equal(outcome.status, 'success');
			const [job] = jobs();
			const { '189.image': image, ...others } = overridesOf(job);
			assert.equal(image, `data:image/png;base64,${PIXEL.toString('base64')}`);
			const [item] = outcome.items('Edit Picture');
			assert.equal(others['6.text'], prompt);
			assert.equal(String(others['31.seed']), String(item.json.seed));
			await assertPicture(item, job, prompt, item.json.seed);
			assert.ok(page.includes(item.json.files[0].url.split('?')[0]));
		},

		async 'batch-from-table.json'(recipe) {
			const outcome = await runThrough(recipe);
			const rows = outcome.items('Rows').map(({ json }) => json);
			const results = outcome.items('Table of Pictures');
			assert.equal(results.length, 4);
			const byId = new Map(jobs().map((job) => [job.requestId, job]));
			assert.equal(byId.size, rows.length);
			for (const [index, { name, prompt, seed, width }] of rows.entries()) {
				const item = results[index];
				assert.equal(item.json.name, name);
				const job = byId.get(item.json.request_id);
				const used = seed === 'random' ? item.json.seed : seed;
				const sent = overridesOf(job);
				assert.equal(sent['6.text'], prompt);
				assert.equal(String(sent['31.seed']), String(used));
				assert.equal(sent['27.width'] ?? 1024, width);
				await assertPicture(item, job, prompt, used);
			}
			assert.ok(Number.isSafeInteger(results[3].json.seed));
		},

		async 'video-with-deadline.json'(recipe) {
			const inTime = await runThrough(recipe);
			assert.equal(inTime.ran('Too Late?'), false);
			const [video] = inTime.items('Video Is There');
			const bytes = await rig.executions.file(video);
			assert.equal(bytes.subarray(4, 8).toString(), 'ftyp');
			assert.equal(video.binary.data.mimeType, 'video/mp4');

			rig.simulator.update({ latencyMs: 600_000 });
			const late = await runThrough(recipe, (workflow) => {
				nodeOf(workflow, 'Make Video').parameters.options.timeout = 2;
			});
			assert.equal(late.ran('Video Is There'), false);
			const [, job] = jobs();
			assert.equal(late.items('Make Video', 1)[0].json.error_code, 'timed_out');
			assert.equal(late.items('Without Video')[0].json.request_id, job.requestId);
			await until('the request is canceled', () => jobs()[1].state === 'canceled');
		},

		async 'chain-two-deployments.json'(recipe) {
			const outcome = await runThrough(recipe);
			const [drawn] = outcome.items('Draw');
			const [, second] = jobs();
			assert.equal(overridesOf(second)['189.image'], drawn.json.files[0].url);
		},

		async 'submit-now-collect-later.json'(recipe) {
			const outcome = await runThrough(recipe, (workflow) => {
				Object.assign(nodeOf(workflow, 'Wait').parameters, { amount: 2, unit: 'seconds' });
			});
			const [job, ...more] = jobs();
			assert.deepEqual(more, []);
			const prompt = 'an old map of an island that does not exist';
			await assertPicture(outcome.items('Get Result')[0], job, prompt, 31337);
		},

		async 'error-branch.json'({ id }) {
			const good = await rig.executions.run(id);
			assert.equal(good.items('Go On')[0].json.request_id, jobs()[0].requestId);
			assert.equal(good.ran('Which Error?'), false);

			rig.simulator.inject({ name: 'run_failed', node_id: '31' });
			const failed = await rig.executions.run(id);
			assert.equal(failed.status, 'success');
			const [fix] = failed.items('Fix the Workflow');
			assert.equal(fix.json.error_code, 'run_failed');
			assert.equal(fix.json.request_id, jobs()[1].requestId);
			assert.match(fix.json.message, /31|KSampler/);

			rig.simulator.inject({ name: 'answer', on: 'submit', body: { error_code: 10001 } });
			const broke = await rig.executions.run(id);
			assert.equal(broke.items('Ask the Owner')[0].json.error_code, 'insufficient_funds');

			const unconfirmed = jobs().length;
			rig.simulator.inject({ name: 'reset_after_accept' });
			const unknown = await rig.executions.run(id);
			const [later] = unknown.items('Look Again Later');
			assert.equal(later.json.error_code, 'submit_unconfirmed');
			assert.equal(jobs().length, unconfirmed + 1);

			const wrong = await rig.executions.run(id, (workflow) => {
				nodeOf(workflow, 'Run and Wait').parameters.workflowInputs.value = { '6.txt': 'x' };
			});
			assert.equal(wrong.status, 'error');
			assert.match(wrong.error.message, /invalid_overrides/);
			assert.equal(jobs().length, unconfirmed + 1);
		},

		async 'ai-agent-tool.json'({ id }) {
			await rig.executions.activate(id);
			const chat = `${rig.url}/webhook/8a3f1f9e-08ff-4c7b-9a55-1d2c3b4a5fff/chat`;
			const prompt = 'a fox in the snow, ink drawing';
			rig.chatModel.plan({ call: 'Draw_Picture', args: { prompt } }, { say: 'Here it is.' });
			const answer = await until('the chat answers', () => say(chat, 'Draw a fox'), 60_000);
			assert.equal(answer.output, 'Here it is.');
			const [picture] = rig.chatModel.toolAnswers();
			const [job] = jobs();
			assert.equal(overridesOf(job)['6.text'], prompt);
			assert.ok(picture.includes(job.requestId), picture);
			assert.match(picture, /https?:[^"]+\.png/);
			const { tools } = rig.chatModel.requests[0];
			const names = tools.map(({ function: { name } }) => name);
			assert.deepEqual(names.sort(), ['Draw_Picture', 'Get_Result', 'Start_Video']);

			rig.chatModel.plan({ call: 'Start_Video', args: { prompt } }, { say: 'Started.' });
			await say(chat, 'Start a video of it');
			const [, video] = jobs();
			const args = { request_id: video.requestId, deployment_id: video.deploymentId };
			await until('the video is there', () => jobs()[1].state === 'succeeded');
			rig.chatModel.plan({ call: 'Get_Result', args }, { say: 'Done.' });
			await say(chat, 'Is it there?');
			const [result] = rig.chatModel.toolAnswers();
			assert.ok(result.includes(video.requestId), result);
			assert.match(result, /https?:[^"]+\.mp4/);
		},

		async 'recipe-telegram-bot.json'(recipe) {
			const write = await writer(recipe);
			const sentBy = (method) => bot.sent.filter((call) => call.method === method);

			await write({ text: 'a red fox' });
			await until('the picture is sent', async () => sentBy('sendPhoto').length === 1, 60_000);
			assert.equal(sentBy('sendMessage')[0].given.text, 'Working on it …');
			assert.ok(isPicture(sentBy('sendPhoto')[0].given, 'a red fox'));

			await write({ photo: [{ file_id: 'a' }, { file_id: 'b' }], caption: 'in winter' });
			await until('the edited photo is sent', async () => sentBy('sendPhoto').length === 2, 60_000);
			assert.deepEqual(jobs().map(promptOf), ['a red fox', 'in winter']);
			assert.match(jobs()[1].overrides['189'].inputs.image, /^data:image\//);

			rig.simulator.inject({ name: 'run_failed' });
			await write({ text: 'a broken fox' });
			await until('the error is told', async () =>
				sentBy('sendMessage').some(({ given }) => /^That did not work: ./.test(given.text)),
			);
		},

		async 'recipe-sheet-to-drive.json'(recipe) {
			fill(ROWS);
			const earlierUploads = office.uploads.length;
			await runThrough(recipe);
			// Submitted in parallel, so in any order.
			assert.deepEqual(jobs().map(promptOf).sort(), [
				'a round table on white',
				'a wooden chair on white',
			]);
			assert.deepEqual(
				office.sheet.map((row) => row.slice(2)),
				[
					['status', 'link'],
					['done', `https://drive.example/upload-${earlierUploads}`],
					['done', 'https://drive.example/old'],
					['done', `https://drive.example/upload-${earlierUploads + 1}`],
				],
			);
			const uploads = office.uploads.slice(earlierUploads);
			const names = uploads.map(({ name, originalFilename }) => name ?? originalFilename);
			assert.deepEqual(names, ['chair.png', 'table.png']);
			assert.ok(isPicture(uploads[1].bytes, 'a round table on white'));
			await runThrough(recipe);
			assert.equal(jobs().length, 2);
		},

		async 'recipe-form-to-mail.json'(recipe) {
			const url = await form(recipe);
			const fields = { 'field-0': PIXEL, 'field-1': 'in winter', 'field-2': 'visitor@example.com' };
			await submitForm(url, fields);
			await until('the mail is sent', async () => office.mails.length === 1, 60_000);
			assert.match(office.mails[0], /^To: visitor@example\.com/m);
			assert.match(office.mails[0], /filename=edit_\d+/);
		},

		async 'recipe-try-on-to-mail.json'(recipe) {
			const url = await form(recipe);
			const fields = { 'field-0': PIXEL, 'field-1': GARMENT, 'field-2': 'visitor@example.com' };
			await submitForm(url, fields);
			await until('the mail is sent', async () => office.mails.length === 1, 60_000);
			const [job] = jobs();
			const dataUri = (bytes) => `data:image/png;base64,${bytes.toString('base64')}`;
			assert.deepEqual(job.overrides.image_urls, [PIXEL, GARMENT].map(dataUri));
			assert.match(office.mails[0], /^To: visitor@example\.com/m);
			assert.match(office.mails[0], /filename=/);

			rig.simulator.inject({ name: 'run_failed' });
			await submitForm(url, fields);
			await until('the apology is sent', async () => office.mails.length === 2, 60_000);
			assert.match(office.mails[1], /Your picture could not be made: ./);
		},

		async 'recipe-video-to-youtube.json'(recipe) {
			rig.chatModel.plan({ say: 'Rain. A boat. #rain' });
			const outcome = await runThrough(recipe);
			const idea = 'a paper boat sails through a rainy street';
			assert.deepEqual(jobs().map(promptOf), [idea]);
			const [{ snippet, status, bytes }] = channel.videos;
			assert.deepEqual([snippet.title, snippet.description], [idea, 'Rain. A boat. #rain']);
			assert.equal(status.privacyStatus, 'private');
			const [video] = outcome.items('Make Video');
			assert.ok(bytes.equals(await bytesAt(video.json.files[0].url)), 'the video is whole');
		},

		async 'recipe-approve-by-mail.json'(recipe) {
			const { outcome, shown } = await approve(recipe, '3');
			const made = outcome.items('Make Picture');
			assert.deepEqual(jobs().map(promptOf), Array(4).fill('a red fox in the snow, morning light'));
			assert.equal(new Set(made.map(({ json }) => json.seed)).size, 4);
			assert.deepEqual(shown, made.map(addressOf));
			const [{ given }, ...more] = published();
			assert.deepEqual(more, []);
			assert.ok(isPicture(given, String(made[2].json.seed)));

			const { outcome: refused } = await approve(recipe, 'None of them');
			assert.ok(refused.ran('Nothing Is Published'));
			assert.equal(published().length, 1);
		},

		async 'recipe-approve-with-model.json'(recipe) {
			const marks = [5, 9, 2, 7];
			rig.chatModel.plan(
				...marks.map((mark) => ({ say: JSON.stringify({ output: { mark, why: 'So.' } }) })),
			);
			const { outcome, shown } = await approve(recipe, '1');
			// The model is asked several questions at a time, in any order.
			const questions = rig.chatModel.requests.map(({ messages }) => JSON.stringify(messages));
			const marked = await Promise.all(
				outcome.items('Make Picture').map(async (item) => {
					const bytes = (await rig.executions.file(item)).toString('base64');
					const mark = marks[questions.findIndex((question) => question.includes(bytes))];
					return { mark, address: addressOf(item), seed: String(item.json.seed) };
				}),
			);
			marked.sort((one, other) => other.mark - one.mark);
			assert.deepEqual(
				marked.map(({ mark }) => mark),
				[9, 7, 5, 2],
			);
			assert.deepEqual(
				shown,
				marked.map(({ address }) => address),
			);
			assert.ok(isPicture(published()[0].given, marked[0].seed));
			assert.equal(jobs().length, 4);
		},

		async 'recipe-repeat-failed.json'(recipe) {
			// Two of four rows fail, and one of them once more.
			rig.simulator.inject({ name: 'run_failed', after: 2, times: 3 });
			const outcome = await runThrough(recipe);
			const count = (name) => outcome.items(name).length;
			const prompts = jobs().map(promptOf);
			assert.deepEqual([prompts.length, new Set(prompts).size], [7, 4]);
			assert.equal(outcome.ran('Failed Rows'), false);
			assert.equal(count('Table of Pictures'), 1);
		},

		async 'recipe-resumable-batch.json'(recipe) {
			const { service } = rig.n8n;
			const empty = await rig.executions.run(recipe.id);
			assert.equal(empty.status, 'success', String(empty.error?.message));
			const { add, rows } = await tableOf('RunComfy batch');
			const prompts = ['a', 'b', 'c', 'd'].map((name) => `row ${name}`);
			await add(prompts.map((prompt) => ({ prompt })));
			const accepted = () => jobs().map(({ overrides }) => overrides.prompt);

			// Killed after RunComfy accepted the third row and before its id arrived.
			rig.simulator.inject({ name: 'slow_submit', ms: 60_000, after: 2 });
			await rig.executions.start(recipe.id);
			await until('the third row is in its gap', async () => accepted().length === 3);
			await service.stop('SIGKILL');
			rig.simulator.clearFaults();
			await service.start();

			await runThrough(recipe);
			assert.deepEqual([...accepted()].sort(), prompts, 'each row is paid for once');
			for (const row of await rows()) {
				const job = jobs().find(({ overrides }) => overrides.prompt === row.prompt);
				const { status, request_id: id, result, cost } = row;
				if (row.prompt === 'row c') {
					assert.deepEqual([status, id ?? ''], ['submitting', '']);
				} else {
					assert.deepEqual([status, id], ['done', job.requestId]);
					assert.ok(isPicture(await bytesAt(result), row.prompt));
					assert.ok(cost > 0);
				}
			}
		},

		async 'recipe-wordpress-cover.json'(recipe) {
			await runThrough(recipe);
			const [media, post] = blog.posts;
			assert.match(media.headers['content-disposition'], /^attachment; filename="cover-/);
			assert.ok(isPicture(media.body, 'a quiet harbor at dawn'));
			const { title, status, featured_media: cover } = JSON.parse(post.body.toString());
			assert.deepEqual({ status, cover: Number(cover) }, { status: 'draft', cover: 42 });
			assert.match(title, /^Week \d+ in pictures$/);
		},

		async 'recipe-slack-command.json'({ id }) {
			await rig.executions.activate(id);
			const command = `${rig.url}/webhook/runcomfy-slack`;
			const body = new URLSearchParams({
				text: 'a red fox',
				response_url: 'https://hooks.slack.com/commands/1',
			});
			await until('Slack can call', async () => {
				const answer = await fetch(command, { method: 'POST', body });
				return answer.ok && (await answer.text()) === 'Working on it …';
			});
			await until('the picture is there', async () => chat.answers.length > 0, 60_000);
			const [{ response_type: type, blocks }] = chat.answers;
			assert.equal(type, 'in_channel');
			assert.ok(isPicture(await bytesAt(blocks[0].image_url), 'a red fox'));
		},

		async 'recipe-drive-upscale.json'(recipe) {
			const before = office.uploads.length;
			const outcome = await runThrough(recipe);
			assert.equal(jobs().length, 2);
			const names = office.uploads
				.slice(before)
				.map((upload) => upload.name ?? upload.originalFilename);
			assert.deepEqual(names, ['first upscaled.png', 'second upscaled.png']);
			assert.equal(outcome.ran('List of Failures'), false);
		},

		async 'recipe-cost-log.json'(recipe) {
			const columns = [
				'time',
				'request_id',
				'run_seconds',
				'balance_before',
				'balance_after',
				'spent',
			];
			fill([columns]);
			await runThrough(recipe);
			const [job] = jobs();
			const [, row] = office.sheet;
			const logged = Object.fromEntries(columns.map((name, index) => [name, row[index]]));
			assert.equal(logged.request_id, job.requestId);
			assert.ok(Number(logged.balance_before) >= Number(logged.balance_after));
			assert.ok(Number.isFinite(Number(logged.spent)));
		},
	};

	for (const { name, workflow } of workflows) {
		it(name, { timeout: 180_000 }, async () => {
			const run = cases[name] ?? runThrough;
			await run({ id: idOf(name), workflow });
			assert.deepEqual(
				outside.unknown.map(({ method, host, path }) => `${method} ${host}${path}`),
				[],
			);
		});
	}

	it('the pictures of recipes in the documentation', async () => {
		const editor = await openEditor(rig.url);
		try {
			await editor.page.setViewportSize({ width: 1600, height: 1000 });
			for (const name of ['approve-with-model', 'resumable-batch']) {
				await editor.openWorkflow(idOf(`recipe-${name}.json`));
				await editor.canvasPicture(`n8n-recipe-${name}`);
			}
			for (const name of ['telegram-bot', 'sheet-to-drive']) {
				await editor.openWorkflow(idOf(`recipe-${name}.json`));
				await editor.page
					.locator(NOTE)
					.evaluateAll((notes) => notes.forEach((note) => note.remove()));
				await editor.canvasPicture(`n8n-recipe-${name}`);
			}
		} finally {
			await editor.close();
		}
	});
});

/** Opens the chat to the outside, if the workflow has one. */
function open(workflow) {
	for (const { type, parameters } of workflow.nodes) {
		if (type.endsWith('.chatTrigger')) Object.assign(parameters, { public: true, mode: 'webhook' });
	}
	return workflow;
}
