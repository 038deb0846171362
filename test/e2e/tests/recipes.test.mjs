// The recipes in a real n8n, with its own nodes for Telegram, Google and the rest. A stand-in plays these services.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startChatModel } from '../../../scripts/hosts/chat-model.mjs';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import {
	CREDENTIAL,
	isRecipe,
	MODEL_CREDENTIAL,
	readWorkflows,
	ready,
} from '../../../scripts/workflows.mjs';
import { entrancesOf } from '../lib/entrances.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { PIXEL, submitForm } from '../lib/form.mjs';
import { google, slack, startOutside, telegram, wordpress, youTube } from '../lib/outside.mjs';
import { chosen, CREDENTIALS, SITE } from '../lib/outside-accounts.mjs';

const recipes = readWorkflows().filter(isRecipe);
/** A picture that differs from the one with a single pixel. */
const GARMENT = Buffer.concat([PIXEL, Buffer.from('garment')]);
const idOf = (name) =>
	`recipe${String(recipes.findIndex((recipe) => recipe.name === name)).padStart(10, '0')}`;

void describe('recipes', () => {
	const photos = [
		{ name: 'first.png', bytes: PIXEL },
		{ name: 'second.png', bytes: PIXEL },
	];
	const rows = [
		['name', 'prompt', 'status', 'link'],
		['chair', 'a wooden chair on white', '', ''],
		['done before', 'a lamp', 'done', 'https://drive.example/old'],
		['table', 'a round table on white', '', ''],
	];
	const bot = telegram({ photo: PIXEL });
	const office = google({ files: photos });
	const channel = youTube();
	const blog = wordpress(SITE);
	const chat = slack();
	let dir;
	let simulator;
	let outside;
	let model;
	let n8n;
	let executions;
	let entrances;
	let earlier;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-recipes-'));
		simulator = await startSimulator({ latencyMs: 300 });
		outside = await startOutside([
			bot.route,
			channel.route,
			...office.routes,
			blog.route,
			chat.route,
		]);
		model = await startChatModel();
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			env: outside.env,
			credentials: [
				{ ...CREDENTIAL, data },
				{ ...MODEL_CREDENTIAL, data: { apiKey: 'not-checked', url: model.url } },
				...Object.values(CREDENTIALS).map(({ type, data: own }) => ({
					id: type,
					name: type,
					type,
					data: own,
				})),
			],
			workflows: recipes.map(({ name, workflow }) =>
				chosen(ready(workflow, idOf(name), simulator.deploymentIds)),
			),
		});
		executions = executionsOf(n8n);
		entrances = entrancesOf({ n8n, executions, bot });
	});
	beforeEach(() => {
		earlier = new Set(simulator.jobs.keys());
		bot.sent.length = 0;
		office.mails.length = 0;
	});
	after(async () => {
		await n8n?.stop();
		await model?.close();
		await outside?.close();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	const fill = (lines) =>
		office.sheet.splice(0, office.sheet.length, ...lines.map((line) => [...line]));
	/** The requests of the current test, oldest first. */
	const jobs = () =>
		[...simulator.jobs.values()].filter(({ requestId }) => !earlier.has(requestId));
	const recipe = (name) => ({ id: idOf(name), ...recipes.find((found) => found.name === name) });
	const promptOf = ({ overrides }) => overrides['6'].inputs.text;
	const isPicture = (bytes, prompt) =>
		bytes.includes(Buffer.from('PNG')) && bytes.includes(Buffer.from(prompt));

	const cases = {
		async 'recipe-telegram-bot.json'() {
			const write = await entrances.bot(recipe('recipe-telegram-bot.json'));
			const sentBy = (method) => bot.sent.filter((call) => call.method === method);

			await write({ text: 'a red fox' });
			await until('the picture is sent', async () => sentBy('sendPhoto').length === 1, 60_000);
			assert.equal(sentBy('sendMessage')[0].given.text, 'Working on it …');
			assert.ok(isPicture(sentBy('sendPhoto')[0].given, 'a red fox'));

			await write({ photo: [{ file_id: 'a' }, { file_id: 'b' }], caption: 'in winter' });
			await until('the edited photo is sent', async () => sentBy('sendPhoto').length === 2, 60_000);
			assert.deepEqual(jobs().map(promptOf), ['a red fox', 'in winter']);
			assert.match(jobs()[1].overrides['189'].inputs.image, /^data:image\//);

			simulator.inject({ name: 'run_failed' });
			await write({ text: 'a broken fox' });
			await until('the error is told', async () =>
				sentBy('sendMessage').some(({ given }) => /^That did not work: ./.test(given.text)),
			);
		},

		async 'recipe-sheet-to-drive.json'() {
			const id = idOf('recipe-sheet-to-drive.json');
			fill(rows);
			const earlierUploads = office.uploads.length;
			const first = await executions.run(id);
			assert.equal(first.status, 'success', String(first.error?.message));
			// They are submitted side by side, so their order is open.
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
			const second = await executions.run(id);
			assert.equal(second.status, 'success');
			assert.equal(jobs().length, 2);
		},

		async 'recipe-form-to-mail.json'() {
			const form = await entrances.form(recipe('recipe-form-to-mail.json'));
			const fields = { 'field-0': PIXEL, 'field-1': 'in winter', 'field-2': 'visitor@example.com' };
			await submitForm(form, fields);
			await until('the mail is sent', async () => office.mails.length === 1, 60_000);
			assert.match(office.mails[0], /^To: visitor@example\.com/m);
			assert.match(office.mails[0], /filename=edit_\d+/);
		},

		async 'recipe-try-on-to-mail.json'() {
			const form = await entrances.form(recipe('recipe-try-on-to-mail.json'));
			const fields = { 'field-0': PIXEL, 'field-1': GARMENT, 'field-2': 'visitor@example.com' };
			await submitForm(form, fields);
			await until('the mail is sent', async () => office.mails.length === 1, 60_000);
			const [job] = jobs();
			const dataUri = (bytes) => `data:image/png;base64,${bytes.toString('base64')}`;
			assert.deepEqual(job.overrides.image_urls, [PIXEL, GARMENT].map(dataUri));
			assert.match(office.mails[0], /^To: visitor@example\.com/m);
			assert.match(office.mails[0], /filename=/);

			simulator.inject({ name: 'run_failed' });
			await submitForm(form, fields);
			await until('the apology is sent', async () => office.mails.length === 2, 60_000);
			assert.match(office.mails[1], /Your picture could not be made: ./);
		},

		async 'recipe-video-to-youtube.json'() {
			model.plan({ say: 'Rain. A boat. #rain' });
			const outcome = await executions.run(idOf('recipe-video-to-youtube.json'));
			assert.equal(outcome.status, 'success', String(outcome.error?.message));
			const idea = 'a paper boat sails through a rainy street';
			assert.deepEqual(jobs().map(promptOf), [idea]);
			const [{ snippet, status, bytes }] = channel.videos;
			assert.deepEqual([snippet.title, snippet.description], [idea, 'Rain. A boat. #rain']);
			assert.equal(status.privacyStatus, 'private');
			const [video] = outcome.items('Make Video');
			const hosted = await fetch(video.json.files[0].url, { headers: { 'user-agent': 'test' } });
			assert.ok(bytes.equals(Buffer.from(await hosted.arrayBuffer())), 'the video is whole');
		},

		async 'recipe-agent-video.json'() {
			const name = 'recipe-agent-video.json';
			const write = await entrances.bot(recipe(name));
			const prompt = 'a fox runs through the snow';
			const ask = async (answer) => {
				model.plan({ call: 'Make_Video', args: { prompt } }, { say: answer });
				await write({ text: 'a fox, please' });
			};
			const isAnswered = (text) => async () => bot.sent.some(({ given }) => given.text === text);

			simulator.update({ latencyMs: 5_000 });
			await ask('Here it is.');
			await until('agent and video are stored', async () => {
				const states = await executions.statesOf(idOf(name));
				return states.length === 2 && states.every((state) => state === 'waiting');
			});
			await until('the agent answers', isAnswered('Here it is.'), 120_000);
			const [job, ...more] = jobs();
			assert.deepEqual([promptOf(job), more], [prompt, []]);
			const [answer] = model.toolAnswers();
			assert.match(answer, /https?:[^"]+\.mp4/);
			assert.ok(answer.includes(job.requestId), answer);

			simulator.update({ latencyMs: 300 });
			simulator.inject({ name: 'run_failed' });
			await ask('There is none.');
			await until('the agent says why', isAnswered('There is none.'), 120_000);
			assert.match(model.toolAnswers()[0], /"error": ?"[^"]*failed/);
		},

		async 'recipe-wordpress-cover.json'() {
			const outcome = await executions.run(idOf('recipe-wordpress-cover.json'));
			assert.equal(outcome.status, 'success', String(outcome.error?.message));
			const [media, post] = blog.posts;
			assert.match(media.headers['content-disposition'], /^attachment; filename="cover-/);
			assert.ok(isPicture(media.body, 'a quiet harbor at dawn'));
			const { title, status, featured_media: cover } = JSON.parse(post.body.toString());
			assert.deepEqual({ status, cover: Number(cover) }, { status: 'draft', cover: 42 });
			assert.match(title, /^Week \d+ in pictures$/);
		},

		async 'recipe-slack-command.json'() {
			await executions.activate(idOf('recipe-slack-command.json'));
			const command = `${n8n.url}/webhook/runcomfy-slack`;
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
			const picture = await fetch(blocks[0].image_url, { headers: { 'user-agent': 'test' } });
			assert.ok(isPicture(Buffer.from(await picture.arrayBuffer()), 'a red fox'));
		},

		async 'recipe-drive-upscale.json'() {
			const before = office.uploads.length;
			const outcome = await executions.run(idOf('recipe-drive-upscale.json'));
			assert.equal(outcome.status, 'success', String(outcome.error?.message));
			assert.equal(jobs().length, 2);
			const names = office.uploads
				.slice(before)
				.map((upload) => upload.name ?? upload.originalFilename);
			assert.deepEqual(names, ['first upscaled.png', 'second upscaled.png']);
			assert.equal(outcome.ran('List of Failures'), false);
		},

		async 'recipe-cost-log.json'() {
			const columns = [
				'time',
				'request_id',
				'run_seconds',
				'balance_before',
				'balance_after',
				'spent',
			];
			fill([columns]);
			const outcome = await executions.run(idOf('recipe-cost-log.json'));
			assert.equal(outcome.status, 'success', String(outcome.error?.message));
			const [job] = jobs();
			const [, row] = office.sheet;
			const logged = Object.fromEntries(columns.map((name, index) => [name, row[index]]));
			assert.equal(logged.request_id, job.requestId);
			assert.ok(Number(logged.balance_before) >= Number(logged.balance_after));
			assert.ok(Number.isFinite(Number(logged.spent)));
		},
	};

	for (const { name } of recipes) {
		it(name, async () => {
			await cases[name]();
			assert.deepEqual(
				outside.unknown.map(({ method, host, path }) => `${method} ${host}${path}`),
				[],
			);
		});
	}
});
