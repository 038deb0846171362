import { byId, el, send, withCode } from './dom.mjs';

const option = (value, label = value) => el('option', { value }, label);

/** Fills the form that switches faults on. */
export async function setUpFaults(refresh) {
	const { faults, targets } = await send('GET', '/simulator/faults');
	const places = [...new Set(faults.map(({ on }) => on.join(', ')))];
	const at = (place) => faults.filter(({ on }) => on.join(', ') === place);
	byId('fault-name').replaceChildren(
		...places.map((place) =>
			el(
				'optgroup',
				{ label: place === '*' ? 'any call' : place },
				at(place).map(({ name }) => option(name)),
			),
		),
	);
	const chosen = () => faults.find(({ name }) => name === byId('fault-name').value);
	const show = () => {
		const { on, times, what, params } = chosen();
		byId('fault-what').replaceChildren(...withCode(what));
		byId('fault-params').replaceChildren(...Object.entries(params).map(renderParam));
		byId('fault-on').replaceChildren(
			option('', `as usual (${on.join(', ')})`),
			...targets.map((target) => option(target)),
		);
		byId('fault-times').placeholder = String(times);
	};
	byId('fault-name').addEventListener('change', show);
	show();

	byId('fault-form').addEventListener('submit', (event) => {
		event.preventDefault();
		const error = byId('fault-error');
		error.textContent = '';
		const { params } = chosen();
		const kinds = { times: 'number', after: 'number', ...params };
		const given = [...new FormData(event.target)].filter(([, value]) => value !== '');
		const fault = Object.fromEntries(
			given.map(([name, value]) => [name, readValue(kinds[name], value)]),
		);
		void send('POST', '/simulator/faults', fault).then(refresh, (reason) => {
			error.textContent = reason.message;
		});
	});
	byId('clear-faults').addEventListener('click', () => {
		void send('DELETE', '/simulator/faults').then(refresh);
	});
}

function renderParam([name, kind]) {
	const label = (control) => el('label', {}, `${name} `, control);
	if (Array.isArray(kind)) {
		return label(
			el(
				'select',
				{ name },
				option('', 'default'),
				kind.map((word) => option(word)),
			),
		);
	}
	if (kind === 'flag') {
		return label(el('select', { name }, option('', 'default'), option('true'), option('false')));
	}
	const type = kind === 'number' ? 'number' : 'text';
	return label(
		el('input', { name, type, min: 0, step: 'any', autocomplete: 'off', placeholder: 'default' }),
	);
}

function readValue(kind, text) {
	if (kind === 'flag') return text === 'true';
	const number = String(kind).startsWith('number') && !Number.isNaN(Number(text));
	return number ? Number(text) : text;
}

const SHOWN_APART = new Set(['id', 'name', 'times', 'after']);

/** One fault that is on. */
export const renderFault = (refresh) => (fault) => {
	const off = () => send('DELETE', `/simulator/faults/${fault.id}`).then(refresh);
	const rest = Object.entries(fault).filter(([name]) => !SHOWN_APART.has(name));
	const often = fault.times === 'always' ? 'always' : `${fault.times}×`;
	return el(
		'li',
		{ class: 'on' },
		el(
			'div',
			{ class: 'grow' },
			el('div', {}, el('strong', {}, fault.name), el('span', { class: 'tag' }, often)),
			el(
				'div',
				{ class: 'note break' },
				[
					...(fault.after > 0 ? [`after ${fault.after}`] : []),
					...rest.map(([name, value]) => `${name} ${[value].flat().join(', ')}`),
				].join(' · '),
			),
		),
		el(
			'button',
			{
				type: 'button',
				class: 'quiet',
				'aria-label': `Switch ${fault.name} off`,
				on: { click: off },
			},
			'Off',
		),
	);
};
