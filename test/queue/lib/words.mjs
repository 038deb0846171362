// Writes outcomes into a cell of the table.

const list = (parts) => parts.filter(Boolean).join(', ');

export const throughputText = ({ delivered, submitted, wallS, busyPercent, lagS }) =>
	list([
		`${wallS} s`,
		busyPercent !== undefined && `slots ${busyPercent} % busy`,
		`lag ${lagS} s`,
		`${delivered} of ${submitted} out`,
	]);

const statusesText = (statuses) =>
	Object.entries(statuses)
		.map(([status, count]) => `${count} ${status}`)
		.join(' + ');

export const endText = (o) =>
	list([
		`${o.lost} of ${o.paid} lost`,
		o.lostWaiting !== undefined && `${o.lostWaiting} of those waited`,
		o.paid < o.submitted && `${o.submitted - o.paid} not submitted`,
		o.lost > 0 && statusesText(o.statuses),
		o.lost > 0 && `id of those: stored ${o.idStored}, logged ${o.idLogged}`,
		`paid twice ${o.twice}`,
		o.waits && `n8n's own Wait: ${o.waits.lost} of ${o.waits.called} lost`,
		o.repeated > 0 && `${o.repeated} results repeated`,
		o.resultAfterS !== undefined &&
			`last result ${o.resultAfterS} s after the restart or the run's end`,
		o.retried > 0 &&
			`Retry of ${o.retried}: ${o.paidAgain} paid again, ${o.broughtBack} brought back`,
		o.endedAfterS > 2 && `ended after ${o.endedAfterS} s`,
	]);

export const stopText = ({ before, status, cancelAfterS, state, idStored, logged }) =>
	list([
		`${before} → ${status}`,
		cancelAfterS === undefined ? 'no cancel' : `cancel after ${cancelAfterS} s`,
		`request ${state}`,
		`id ${idStored ? 'stored' : 'not stored'}, ${logged ? 'logged' : 'not logged'}`,
	]);

export const memoryText = ({ waiting, delivered, submitted, ...mb }) =>
	list([
		`resident ${mb.beforeMb} → ${mb.waitingMb} MB (peak ${mb.peakMb})`,
		`without garbage ${mb.keptBeforeMb} → ${mb.keptWaitingMb} MB`,
		`${waiting} stored as waiting`,
		`${delivered} of ${submitted} out`,
	]);

export const lagText = ({ lagS, calls, files }) => `${lagS} s (${calls} calls + ${files} files)`;

export const fileText = ({ same, bytes, store, peakMb, lagS }) =>
	same
		? list([`${Math.round(bytes / 2 ** 20)} MiB in ${store}`, `peak ${peakMb} MB`, `${lagS} s`])
		: 'not the same bytes';

const pageText = ({ asked, refused, p99Ms }) =>
	`start page ${asked - refused} of ${asked} times, p99 ${p99Ms} ms`;

export const batchText = ({ items, out, wallS, idealS, grewMb, page }) =>
	list([
		`${wallS} s (ideal ${idealS} s)`,
		out < items && `${out} of ${items} out`,
		`main +${grewMb} MB`,
		pageText(page),
	]);

export const togetherText = ({ out, lastS, page }) =>
	list([`${out} out, the last ${lastS} s after the end`, pageText(page)]);
