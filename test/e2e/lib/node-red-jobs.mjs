// The sidebar "RunComfy jobs" as a user sees and uses it.
import { tabAndAccount } from './node-red.mjs';

/**
 * Flows with run nodes and a button for each.
 * @param {{url: string, token: string, deploymentIds: Record<string, string>}} simulator
 * @param {{once?: boolean}} [options] whether every button is pressed by itself at first
 */
export function flowsOf(simulator, { once = false } = {}) {
	const { textToImage, video } = simulator.deploymentIds;
	const [, account] = tabAndAccount(simulator);
	const tab = (id, label) => ({ id, type: 'tab', label });
	const press = (id, z, y, next) => ({
		id: `press_${id}`,
		type: 'inject',
		z,
		x: 140,
		y,
		repeat: '',
		crontab: '',
		props: [],
		once,
		onceDelay: 0.1,
		wires: [[next]],
	});
	const run = (id, name, z, deploymentId = textToImage) => ({
		id: `run_${id}`,
		type: 'runcomfy-run',
		z,
		x: 340,
		y: 100,
		name,
		config: 'account',
		deploymentId,
		deploymentIdType: 'str',
		overridesType: 'json',
		overrides: JSON.stringify({
			6: { inputs: { text: name } },
			31: { inputs: { seed: name.length } },
		}),
		output: 'files',
		onShutdown: 'cancel',
		wires: [[]],
	});
	return [
		tab('tab_pictures', 'Pictures'),
		tab('tab_more', 'More'),
		tab('tab_clips', 'Clips'),
		{ ...account, concurrency: 10 },
		press('fox', 'tab_pictures', 100, 'run_fox'),
		run('fox', 'Fox', 'tab_pictures'),
		press('harbour', 'tab_more', 100, 'run_harbour'),
		run('harbour', 'Harbour at dawn', 'tab_more'),
		press('clip', 'tab_clips', 100, 'run_clip'),
		run('clip', 'Clip', 'tab_clips', video),
		press('portrait', 'tab_clips', 200, 'portraits'),
		{
			id: 'portraits',
			type: 'subflow:portrait',
			z: 'tab_clips',
			x: 340,
			y: 200,
			name: 'Portraits',
			wires: [],
		},
		{
			id: 'portrait',
			type: 'subflow',
			name: 'Portrait',
			info: '',
			out: [],
			in: [{ x: 60, y: 100, wires: [{ id: 'run_gone' }] }],
		},
		run('gone', 'Gone', 'portrait', 'deleted'),
	];
}

/** What there is in the job sidebar of an editor. */
export function jobsOf({ page, context }) {
	let requests = 0;
	page.on('request', (request) => {
		if (request.url().includes('/runcomfy/jobs')) requests += 1;
	});

	return {
		/** Requests to the runtime for jobs so far. */
		requests: () => requests,
		/** Opens it by the action, which is also in the menu. */
		open: () => page.evaluate(() => globalThis.RED.actions.invoke('runcomfy:show-jobs-tab')),
		rows: () =>
			page.$$eval('.runcomfy-job[data-job]', (elements) =>
				elements.map((element) => {
					const text = (name) => element.querySelector(`.runcomfy-job-${name}`)?.textContent;
					const bar = element.querySelector('[role="progressbar"]:not([hidden])');
					return {
						job: element.dataset.job,
						name: text('name'),
						// The deployment follows.
						flow: text('flow')?.split(' · ')[0],
						state: text('text'),
						age: text('age'),
						progress: Number(bar?.getAttribute('aria-valuenow') ?? NaN),
						thumbnail: element.querySelector('canvas') !== null,
						sign: /fa-([a-z-]+)/.exec(
							element.querySelector('.runcomfy-job-result i')?.className,
						)?.[1],
						ended: element.classList.contains('runcomfy-job-ended'),
					};
				}),
			),
		/** The topmost row of a node. */
		row: (name) => page.locator('.runcomfy-job[data-job]').filter({ hasText: name }).first(),
		press: (name) => page.locator('.runcomfy-jobs').getByRole('button', { name }).click(),
		selection: () =>
			page.evaluate(() => ({
				flow: globalThis.RED.workspaces.active(),
				nodes: (globalThis.RED.view.selection().nodes ?? []).map(({ id }) => id),
			})),
		async copyFrom(row) {
			await context.grantPermissions(['clipboard-read', 'clipboard-write']);
			await row.getByRole('button', { name: 'Copy the request id' }).click();
			return page.evaluate(() => navigator.clipboard.readText());
		},
		/** The name of the element that has the focus. */
		focused: () =>
			page.evaluate(() => {
				const { activeElement } = document;
				return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim();
			}),
		/** Resolves when there has been no request for a while. */
		settled: () => page.waitForLoadState('networkidle'),
	};
}
