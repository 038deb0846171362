import { byId, el, send } from './dom.mjs';

const DEPLOYMENT_STATES = {
	enabled: undefined,
	disabled: 'disabled',
	no_funds: 'no funds',
	deleted: 'deleted',
	foreign: 'of another account',
};

export function renderDeployment(deployment) {
	const { id, name, hardware, state, waiting, running, warm } = deployment;
	const busy = [
		running > 0 && `${running} running`,
		waiting > 0 && `${waiting} waiting`,
		warm > 0 && `${warm} warm`,
	].filter(Boolean);
	const run = async () => {
		const error = byId('run-error');
		error.textContent = '';
		await send('POST', '/simulator/runs', { deployment_id: id }).catch((reason) => {
			error.textContent = `${name}: ${reason.message}`;
		});
	};
	const closed = DEPLOYMENT_STATES[state];
	return el(
		'li',
		{},
		el(
			'div',
			{ class: 'grow' },
			el('div', {}, el('strong', {}, name), closed && el('span', { class: 'tag' }, closed)),
			el('div', { class: 'note' }, [hardware, ...busy].join(' · ')),
			el('code', { class: 'id' }, id),
		),
		el('button', { type: 'button', 'aria-label': `Run ${name}`, on: { click: run } }, 'Run'),
	);
}

export function renderWebhook({ requestId, event, url, at, attempt, answer, nextAt }) {
	const good = typeof answer === 'number' && answer >= 200 && answer < 300;
	return el(
		'li',
		{},
		el('span', { class: good ? 'code good' : 'code bad' }, String(answer)),
		el(
			'div',
			{ class: 'grow' },
			el('div', {}, el('strong', {}, event), ` attempt ${attempt}`),
			el('div', { class: 'note break' }, url),
			el(
				'div',
				{ class: 'note' },
				el('code', {}, requestId.slice(0, 8)),
				' · ',
				el('span', { data: { ago: at } }),
				nextAt !== undefined && [' · again at ', el('span', { data: { clock: nextAt } })],
			),
		),
	);
}

export function renderCall({ at, method, path, status, faults }) {
	const text = status === 0 ? 'none' : String(status);
	return el(
		'li',
		{},
		el('span', { class: status >= 200 && status < 400 ? 'code good' : 'code bad' }, text),
		el(
			'div',
			{ class: 'grow' },
			el('div', { class: 'break' }, el('strong', {}, method), ' ', pathOf(path)),
			el(
				'div',
				{ class: 'note' },
				el('span', { data: { clock: at } }),
				faults.map((name) => el('span', { class: 'tag' }, name)),
			),
		),
	);
}

/** Shortens ids, which would fill the line; the rows of the requests have them in full. */
const pathOf = (path) =>
	path.replaceAll(/([\da-f]{8})-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{8}([\da-f]{4})/g, '$1…$2');
