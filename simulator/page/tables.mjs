import { byId, el, send } from './dom.mjs';

const DEPLOYMENT_STATES = {
	enabled: undefined,
	disabled: 'disabled',
	no_funds: 'no funds',
	deleted: 'deleted',
	foreign: 'of another account',
};

export function renderDeployment({ id, name, hardware, state, waiting, running, warm }) {
	const busy = [
		running > 0 && `${running} running`,
		waiting > 0 && `${waiting} waiting`,
		warm > 0 && `${warm} warm`,
	].filter(Boolean);
	const click = async () => {
		const error = byId('run-error');
		error.textContent = '';
		await send('POST', '/simulator/runs', { deployment_id: id }).catch((reason) => {
			error.textContent = `${name}: ${reason.message}`;
		});
	};
	const closed = DEPLOYMENT_STATES[state];
	return el(
		'li',
		el(
			'div.grow',
			el('div', el('strong', name), closed && el('span.tag', closed)),
			el('div.note', [hardware, ...busy].join(' · ')),
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

/** Ids would fill the line; the rows of the requests have them in full. */
const withShortIds = (path) =>
	path.replaceAll(/([\da-f]{8})-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{8}([\da-f]{4})/g, '$1…$2');
