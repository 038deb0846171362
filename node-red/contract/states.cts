/**
 * Where a run stands: the one set of states that the journal, the sidebar, the status and the messages of
 * progress use. A run only goes forward, except that RunComfy may put a request back into its queue; any
 * state may be left out.
 *
 * - `reading`: its fields are read and checked
 * - `waiting`: the account has no room yet
 * - `submitting`: the submit is on its way, and RunComfy has not answered
 * - `in_queue`, `in_progress`: RunComfy has the request
 * - `fetching`: the request has ended or was never made; its files may still be fetched
 * - `ended`: there is a result or an error for the message
 */
export type State = 'reading' | 'waiting' | 'submitting' | AtRunComfy | 'fetching' | 'ended';
type AtRunComfy = 'in_queue' | 'in_progress';

/** Every state before the end. */
export type GoingState = Exclude<State, 'ended'>;

interface Look {
	fill: 'blue' | 'yellow';
	shape: 'dot' | 'ring';
	/** What flows get as the state. */
	name: string;
	/** The name of its text below `runcomfy.status` in the catalogues. */
	text: string;
	/** The icon in the sidebar if there is no picture. */
	icon: string;
	/** Whether something happens, so that it counts as running. */
	busy: boolean;
}

const submitting: Look = {
	fill: 'blue',
	shape: 'ring',
	name: 'submitting',
	text: 'requesting',
	icon: 'clock-o',
	busy: true,
};

/** How a state looks, below a node and in the sidebar. */
export const LOOKS: Readonly<Record<GoingState, Look>> = {
	reading: submitting,
	waiting: {
		fill: 'yellow',
		shape: 'ring',
		name: 'waiting',
		text: 'waiting',
		icon: 'clock-o',
		busy: false,
	},
	submitting,
	in_queue: {
		fill: 'yellow',
		shape: 'dot',
		name: 'in_queue',
		text: 'inQueue',
		icon: 'clock-o',
		busy: false,
	},
	in_progress: {
		fill: 'blue',
		shape: 'dot',
		name: 'in_progress',
		text: 'running',
		icon: 'cog',
		busy: true,
	},
	fetching: {
		fill: 'blue',
		shape: 'dot',
		name: 'fetching',
		text: 'fetching',
		icon: 'download',
		busy: true,
	},
};
