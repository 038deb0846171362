import { byId, el, send, withCode } from './dom.mjs';

const option = (value, label = value) => el('option', { value }, label);

/** Fills the form that switches faults on. */
export async function setUpFaults(refresh) {
	const { faults, targets } = await send('GET', '/simulator/faults');
	const placeOf = ({ on }) => on.join(', ');
	const places = [...new Set(faults.map(placeOf))].map((place) => {
		const options = faults.filter((fault) => placeOf(fault) === place);
		return el(
			'optgroup',
			{ label: place === '*' ? 'any call' : place },
			options.map(({ name }) => option(name)),
		);
	});
	byId('fault-name').replaceChildren(...places);
	const chosen = () => faults.find(({ name }) => name === byId('fault-name').value);
	const showChosen = () => {
		const fault = chosen();
		byId('fault-what').replaceChildren(...withCode(fault.what));
		byId('fault-params').replaceChildren(...Object.entries(fault.params).map(renderParam));
		const usual = option('', `as usual (${placeOf(fault)})`);
		byId('fault-on').replaceChildren(usual, ...targets.map((target) => option(target)));
		byId('fault-times').placeholder = String(fault.times);
	};
	byId('fault-name').addEventListener('change', showChosen);
	showChosen();

	byId('fault-form').addEventListener('submit', (event) => {
		event.preventDefault();
		const error = byId('fault-error');
		error.textContent = '';
		const kinds = { times: 'number', after: 'number', ...chosen().params };
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
	const words = kind === 'flag' ? ['true', 'false'] : kind;
	if (Array.isArray(words)) {
		const options = [option('', 'default'), ...words.map((word) => option(word))];
		return el('label', `${name} `, el('select', { name }, options));
	}
	const type = kind === 'number' ? 'number' : 'text';
	const attributes = { name, type, min: 0, step: 'any', autocomplete: 'off' };
	return el('label', `${name} `, el('input', { ...attributes, placeholder: 'default' }));
}

function readValue(kind, text) {
	if (kind === 'flag') return text === 'true';
	const number = String(kind).startsWith('number') && !Number.isNaN(Number(text));
	return number ? Number(text) : text;
}

/** Draws one fault that is on. */
export const renderFault =
	(refresh) =>
	({ id, name, times, after, ...params }) => {
		const click = () => send('DELETE', `/simulator/faults/${id}`).then(refresh);
		const notes = [
			...(after > 0 ? [`after ${after}`] : []),
			...Object.entries(params).map(([key, value]) => `${key} ${[value].flat().join(', ')}`),
		];
		const often = times === 'always' ? 'always' : `${times}×`;
		const label = { 'aria-label': `Switch ${name} off` };
		return el(
			'li.on',
			el(
				'div.grow',
				el('div', el('strong', name), el('span.tag', often)),
				el('div.note', notes.join(' · ')),
			),
			el('button.quiet', { type: 'button', ...label, on: { click } }, 'Off'),
		);
	};
