import { findWorkflows, stringifyJson } from '../../core/index.ts';
import type { DialogInput, Refusal } from '../contract/dialog.cts';
import { ask, chosenAccount } from './ask.mts';
import { setNote, setRefusal, t } from './texts.mts';
import { fixedDeployment } from './values.mts';

/**
 * Opens a tray for a workflow, as JSON or as a file that holds it: a picture or video, too. Its inputs go to
 * `use`; where the user wants it, the graph that runs goes into the node's field Workflow.
 */
export function pasteWorkflow({ use }: { use: (inputs: DialogInput[]) => void }): void {
	const note = $('<div>');
	const runs = $('<input>', { type: 'checkbox', id: 'runcomfy-paste-run' });
	// As in Node-RED's own import dialog: its code editor throws if the dialog closes while it still checks a text.
	const text = $('<textarea>', { id: 'runcomfy-paste-text', spellcheck: false });
	let closed = false;

	const take = async () => {
		const workflow = String(text.val()).trim();
		if (workflow === '') return setNote(note, 'warning', t('paste.empty'));
		setNote(note, 'busy', t('rows.loading'));
		const given = { ...chosenAccount(), deployment: fixedDeployment(), workflow };
		try {
			const { inputs, workflow: converted } = await ask('inputs', given, 'POST');
			// Canceled meanwhile: the tray on top is the node's dialog.
			if (closed) return;
			RED.tray.close();
			if (runs.prop('checked')) fillWorkflow(converted ?? workflow);
			use(inputs);
		} catch (refusal) {
			setRefusal(note, refusal as Refusal);
		}
	};

	RED.tray.show({
		title: t('paste.title'),
		width: 700,
		buttons: [
			{ id: 'runcomfy-paste-cancel', text: RED._('common.label.cancel'), click: closeTray },
			{
				id: 'runcomfy-paste-ok',
				text: t('paste.take'),
				class: 'primary',
				click: () => void take(),
			},
		],
		open(tray: JQuery) {
			const body = $('<div>', { class: 'runcomfy-paste' });
			tray.find('.red-ui-tray-body').css('padding', 0).append(body);
			const label = $('<label>', { class: 'runcomfy-check' }).append(runs, t('paste.run'));
			body.append($('<p>', { text: t('paste.intro') }), filePicker(), note, text, label);
			setNote(note, 'plain', '');
			text.trigger('focus');
		},
		close() {
			closed = true;
		},
	} as never);

	/** Read here: the server needs nothing of a video but its workflow. */
	async function show(chosen: File): Promise<void> {
		setNote(note, 'busy', t('paste.reading'));
		const workflow = await workflowIn(chosen);
		if (workflow === undefined) {
			return setNote(note, 'error', t('paste.none', { name: chosen.name }));
		}
		text.val(workflow);
		setNote(note, 'plain', '');
	}

	function filePicker(): JQuery {
		const file = $('<input>', { type: 'file', accept: ACCEPTED }).hide();
		file.on('change', () => {
			const [chosen] = (file.get(0) as HTMLInputElement).files ?? [];
			if (chosen) void show(chosen);
		});
		const button = $('<button>', { type: 'button', class: 'red-ui-button' })
			.append($('<i>', { class: 'fa fa-folder-open-o' }), ` ${t('paste.file')}`)
			.on('click', () => file.trigger('click'));
		return $('<div>').append(button, file);
	}
}

/** Of a picture, video or sound the workflow in it, or undefined; anything else as it stands. */
async function workflowIn(file: File): Promise<string | undefined> {
	const found = await findWorkflows(new Uint8Array(await file.arrayBuffer()));
	if (!found) return file.text();
	const [workflow] = found.workflows;
	return workflow && stringifyJson(workflow);
}

const ACCEPTED = '.json,.png,.webp,.jpg,.jpeg,.mp4,.m4v,.mov,.webm,.mkv,.flac,.mp3,.opus,.ogg';

function closeTray(): void {
	RED.tray.close();
}

function fillWorkflow(workflow: string): void {
	const field = $('#node-input-workflow');
	field.typedInput('type', 'json');
	field.typedInput('value', workflow);
}
