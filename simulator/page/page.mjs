import { ago, byId, clock, createList, duration, send } from './dom.mjs';
import { nameOf, renderRequest, STATES } from './requests.mjs';
import {
	renderCall,
	renderDeployment,
	renderFault,
	renderModel,
	renderWebhook,
	setUpFaults,
} from './side.mjs';

const EVERY_MS = 1000;

const showLoss = () => connected(false);
const refresh = () => update().catch(showLoss);
const lists = {
	jobs: createList(byId('request-list'), ({ requestId }) => requestId, renderRequest),
	faults: createList(byId('fault-list'), ({ id }) => id, renderFault(refresh)),
	deployments: createList(byId('deployment-list'), ({ id }) => id, renderDeployment),
	models: createList(byId('model-list'), ({ id }) => id, renderModel),
	webhooks: createList(
		byId('webhook-list'),
		({ requestId, event, at, attempt }) => [requestId, event, at, attempt].join(),
		renderWebhook,
	),
	calls: createList(byId('call-list'), ({ key }) => key, renderCall),
};

/** How far the simulator's clock, which may be virtual, is ahead of the browser's. */
let ahead = 0;
const states = new Map();

async function update() {
	const state = await send('GET', '/simulator/state');
	ahead = state.now - Date.now();
	// Calls have no id, but counting from the first one gives each a stable key.
	const calls = state.calls.map((call, index) => ({ ...call, key: state.callCount - index }));
	for (const [name, show] of Object.entries(lists)) show(name === 'calls' ? calls : state[name]);
	byId('address').textContent = state.url;
	byId('balance').textContent = `balance $${state.balanceUsd.toFixed(3)}`;
	byId('models').hidden = state.models.length === 0;
	byId('request-count').textContent = state.jobCount || '';
	byId('call-count').textContent = state.callCount || '';
	byId('fault-count').textContent = state.faults.length > 0 ? `${state.faults.length} on` : '';
	byId('clear-faults').hidden = state.faults.length < 2;
	byId('no-requests').hidden = state.jobCount > 0;
	byId('no-webhooks').hidden = state.webhooks.length > 0;
	byId('no-calls').hidden = state.callCount > 0;
	const older = state.jobCount - state.jobs.length;
	byId('older').hidden = older <= 0;
	byId('older').textContent = `and ${older} older`;
	announce(state.jobs);
	tick();
	connected(true);
}

/** Announces changed requests to screen readers. */
function announce(jobs) {
	const news = jobs.filter(
		({ requestId, state }) => states.has(requestId) && states.get(requestId) !== state,
	);
	for (const { requestId, state } of jobs) states.set(requestId, state);
	if (news.length === 0) return;
	byId('news').textContent = news.map((job) => `${nameOf(job)} ${STATES[job.state]}`).join(', ');
}

/** Updates durations and progress bars. */
function tick() {
	const now = Date.now() + ahead;
	for (const node of document.querySelectorAll('[data-ago]')) {
		node.textContent = ago(now - Number(node.dataset.ago));
	}
	for (const node of document.querySelectorAll('[data-since]')) {
		node.textContent = `${node.dataset.word} ${duration(now - Number(node.dataset.since))}`;
	}
	for (const node of document.querySelectorAll('[data-clock]')) {
		node.textContent = clock(Number(node.dataset.clock));
	}
	for (const node of document.querySelectorAll('progress[data-to]')) {
		const { from, to } = node.dataset;
		const whole = Math.max(1, Number(to) - Number(from));
		node.value = Math.min(1, Math.max(0, (now - Number(from)) / whole));
	}
}

function connected(yes) {
	const node = byId('connection');
	const text = yes ? '● live' : '● The simulator does not answer';
	if (node.textContent !== text) node.textContent = text;
	node.classList.toggle('lost', !yes);
}

let wake = () => undefined;
document.addEventListener('visibilitychange', () => wake());

async function follow() {
	for (;;) {
		if (!document.hidden) await refresh();
		await new Promise((resolve) => {
			wake = resolve;
			setTimeout(resolve, EVERY_MS);
		});
	}
}

byId('copy-address').addEventListener('click', ({ currentTarget: button }) => {
	void navigator.clipboard.writeText(byId('address').textContent).then(
		() => (button.textContent = 'Copied'),
		() => getSelection().selectAllChildren(byId('address')),
	);
	setTimeout(() => (button.textContent = 'Copy'), 2000);
});

setInterval(tick, 250);
await setUpFaults(refresh).catch(showLoss);
await follow();
