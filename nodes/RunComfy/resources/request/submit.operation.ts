import {
	cancelBestEffort,
	type Prepared,
	submit as submitRequest,
	type SubmitAnswer,
} from '../../../../core';
import { optionsField, SUBMIT_OPTIONS } from '../../parameters/optionFields';
import {
	checkDraft,
	completeSubmission,
	inputFields,
	type ItemDraft,
	readDraft,
} from '../../parameters/submission';
import { refOf } from '../../session/entries';
import { annotate } from '../../session/notes';
import { cancelsOnAbort } from '../../session/session';
import type { Operation } from '../operation';

export const submit: Operation<ItemDraft, Prepared> = {
	option: {
		name: 'Submit',
		action: 'Start workflow without waiting for its end',
		description: 'Start a ComfyUI workflow on a GPU and go on at once with the ID of the request',
	},
	description: [
		...inputFields,
		optionsField([...SUBMIT_OPTIONS, 'cancelOnFailure', 'cancelOnStop', 'concurrency']),
	],

	read: readDraft,

	check: checkDraft,

	async run(prepared, item, session) {
		const { client, ledger, signal } = session;
		const { itemIndex, options } = item;
		const { input, notes } = await completeSubmission(prepared, item, session);
		const accept = (answer: SubmitAnswer) => {
			const accepted = { answer, at: client.host.now(), notes };
			ledger.accept(itemIndex, accepted);
			return accepted;
		};
		// Nobody waits for the answer any more. `cancelRest` has run already, or leaves alone what failed.
		const takeUnwanted = (late: SubmitAnswer) => {
			const ref = refOf(accept(late));
			const { cancelOnStop: onStop = true } = options;
			if (!cancelsOnAbort(session, { onStop, onFailure: true })) return;
			void cancelBestEffort(client, ref).then((said) => ledger.noteCancel(itemIndex, said));
		};
		const answer = await submitRequest(client, input, {
			signal,
			onAcceptedDespiteError: (named) => void (signal?.aborted ? takeUnwanted : accept)(named),
			onLateAnswer: takeUnwanted,
		});
		accept(answer);
		return [annotate({ json: { ...answer } }, notes)];
	},

	async resume({ answer, notes }) {
		return [annotate({ json: { ...answer } }, notes)];
	},
};
