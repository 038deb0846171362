// The right side of the page: faults, deployments and models to run, webhooks and calls.
import { byId, el, send, withCode } from './dom.mjs';

const option = (value) => el('option', { value }, value);

/** Fills the form for faults, with the defaults of each fault. */
export async function setUpFaults(refresh) {
	const { faults } = await send('GET', '/simulator/faults');
	const names = byId('fault-name');
	names.replaceChildren(...faults.map(({ name }) => option(name)));
	const showChosen = () => {
		const { what, on, times } = faults.find(({ name }) => name === names.value);
		const often = `${on.join(', ').replace('*', 'any call')}, ${oftenOf(times)}`;
		byId('fault-what').replaceChildren(...withCode(`${what} (${often})`));
	};
	names.addEventListener('change', showChosen);
	showChosen();
	byId('fault-form').addEventListener('submit', (event) => {
		event.preventDefault();
		void send('POST', '/simulator/faults', { name: names.value }).then(refresh, refresh);
	});
	byId('clear-faults').addEventListener('click', () => {
		void send('DELETE', '/simulator/faults').then(refresh);
	});
}

const oftenOf = (times) => (times === 'always' ? 'always' : `${times}×`);

/** Renders an active fault. */
export const renderFault =
	(refresh) =>
	({ id, name, times, after, ...params }) => {
		const click = () => send('DELETE', `/simulator/faults/${id}`).then(refresh);
		const notes = [
			...(after > 0 ? [`after ${after}`] : []),
			...Object.entries(params).map(([key, value]) => `${key} ${[value].flat().join(', ')}`),
		];
		const label = { 'aria-label': `Switch ${name} off` };
		return el(
			'li.on',
			el(
				'div.grow',
				el('div', el('strong', name), el('span.tag', oftenOf(times))),
				el('div.note', notes.join(' · ')),
			),
			el('button.quiet', { type: 'button', ...label, on: { click } }, 'Off'),
		);
	};

const STATES = {
	enabled: undefined,
	disabled: 'disabled',
	no_funds: 'no funds',
	deleted: 'deleted',
	foreign: 'of another account',
};

export function renderDeployment({ id, name, lora, hardware, state, warm, ...load }) {
	const notes = [hardware, ...busyOf(load), warm > 0 && `${warm} warm`];
	return runnable({ id, name, state, notes, kind: lora && 'LoRA' }, { deployment_id: id });
}

export function renderModel({ id, name, categories, price, ...load }) {
	return runnable({ id, name, notes: [categories, price, ...busyOf(load)] }, { model_id: id });
}

const busyOf = ({ waiting, running }) => [
	running > 0 && `${running} running`,
	waiting > 0 && `${waiting} waiting`,
];

/** A row with a button that starts a run. */
function runnable({ id, name, state, notes, kind }, body) {
	const click = async () => {
		const error = byId('run-error');
		error.textContent = '';
		await send('POST', '/simulator/runs', body).catch((reason) => {
			error.textContent = `${name}: ${reason.message}`;
		});
	};
	const tags = [kind, STATES[state]].filter(Boolean);
	return el(
		'li',
		el(
			'div.grow',
			el(
				'div',
				el('strong', name),
				tags.map((tag) => el('span.tag', tag)),
			),
			el('div.note', notes.filter(Boolean).join(' · ')),
			el('code.id', id),
		),
		el('button', { type: 'button', 'aria-label': `Run ${name}`, on: { click } }, 'Run'),
	);
}

export function renderWebhook({ requestId, event, url, at, attempt, answer, nextAt }) {
	const good = typeof answer === 'number' && answer >= 200 && answer < 300;
	return el(
		'li',
		el(good ? 'span.code.good' : 'span.code.bad', String(answer)),
		el(
			'div.grow',
			el('div', el('strong', event), ` attempt ${attempt}`),
			el('div.note', url),
			el(
				'div.note',
				...[el('code', requestId.slice(0, 8)), ' · ', el('span', { data: { ago: at } })],
				nextAt !== undefined && [' · again at ', el('span', { data: { clock: nextAt } })],
			),
		),
	);
}

export function renderCall({ at, method, path, status, faults }) {
	const good = status >= 200 && status < 400;
	return el(
		'li',
		el(good ? 'span.code.good' : 'span.code.bad', status === 0 ? 'none' : String(status)),
		el(
			'div.grow',
			el('div', el('strong', method), ' ', withShortIds(path)),
			el(
				'div.note',
				el('span', { data: { clock: at } }),
				faults.map((name) => el('span.tag', name)),
			),
		),
	);
}

/** Full ids would fill the line; the request rows show them. */
const withShortIds = (path) =>
	path.replaceAll(/([\da-f]{8})-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{8}([\da-f]{4})/g, '$1…$2');
