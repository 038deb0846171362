import type { Node } from 'node-red';
import type { CancelVerdict } from './record.cjs';
import type { Run } from './run.cjs';

/** One line says what becomes of the requests of a node that is deleted or disabled: they are paid for. */
export function warnOfDeleted(node: Node, stopped: readonly Run[]): void {
	const requests = stopped.flatMap(({ record }) => {
		const { requestId, cancelVerdict, stopped: how, service } = record;
		const ofModel = service === 'model';
		return requestId === undefined ? [] : [{ id: requestId, verdict: cancelVerdict, how, ofModel }];
	});
	const canceled = requests.filter(({ verdict }) => verdict && verdict !== 'no answer');
	const hadEnded = ({ verdict }: Request) => verdict === 'not_cancellable';
	const parts = [
		listed(
			'its runs in progress were canceled',
			canceled.filter((one) => !hadEnded(one)),
		),
		listed(
			'these had ended, and their results were not fetched (by their ids, for 7 days)',
			canceled.filter((one) => hadEnded(one) && !one.ofModel),
		),
		listed(
			'these of hosted models were too far to be canceled, and their results were not fetched (by their ids, for 7 days)',
			canceled.filter((one) => hadEnded(one) && one.ofModel),
		),
		listed(
			'these go on, and nothing waits for them any more (their results are there for 7 days, by their ids)',
			requests.filter(({ verdict, how }) => verdict === undefined && how === 'leave'),
		),
	].filter((part) => part !== undefined);
	if (parts.length > 0) node.warn(`The node was deleted or disabled, and ${parts.join('; ')}`);
}

interface Request {
	id: string;
	verdict: CancelVerdict | undefined;
	ofModel: boolean;
}

function listed(
	what: string,
	requests: ReadonlyArray<Omit<Request, 'ofModel'>>,
): string | undefined {
	if (requests.length === 0) return undefined;
	const names = requests.map(({ id, verdict }) => (verdict ? `${id} (${verdict})` : id));
	return `${what}: ${names.join(', ')}`;
}
