import type { RunView } from '../../../contract/jobs.ts';
import {
	appearanceOf,
	APPEARANCES,
	sinceWhen,
	type Translate,
	words,
	writeDuration,
} from '../../../contract/states.ts';

export interface Appearance {
	fill: 'blue' | 'yellow' | 'green' | 'red' | 'grey';
	shape: 'dot' | 'ring';
	text: string;
}

type Dot = Pick<Appearance, 'fill' | 'shape'>;

/** Icon of a run without a thumbnail. */
export function iconName({ state, kind, outcome }: RunView): string {
	if (kind !== undefined) return KINDS[kind];
	if (state !== 'ended') return APPEARANCES[state].icon;
	if (outcome === 'succeeded') return KINDS.text;
	return ENDS[String(outcome)]?.key === 'canceled' ? 'ban' : 'exclamation-triangle';
}

const KINDS: Record<NonNullable<RunView['kind']>, string> = {
	image: 'picture-o',
	video: 'film',
	audio: 'music',
	model3d: 'cube',
	text: 'file-text-o',
	other: 'file-o',
};

const ENDS: Readonly<Record<string, Dot & { key: string }>> = {
	succeeded: { fill: 'green', shape: 'dot', key: 'succeeded' },
	run_canceled: { fill: 'grey', shape: 'dot', key: 'canceled' },
	run_failed: { fill: 'red', shape: 'dot', key: 'failed' },
};

/** `now` is the runtime's clock, in milliseconds since the epoch. */
export function jobAppearance(job: RunView, now: number, translate: Translate): Appearance {
	const { state, cancel } = job;
	if (state === 'ended') return endedAppearance(job, translate);
	if (cancel === 'asked') {
		return { fill: 'grey', shape: 'ring', text: translate('runcomfy-jobs.canceling') };
	}
	const going = { ...job, state };
	const { fill, shape } = appearanceOf(going);
	const since = sinceWhen(going);
	const seconds = since === undefined ? undefined : Math.round(Math.max(0, now - since) / 1000);
	return { fill, shape, text: words(going, seconds, statusTranslator(translate)) };
}

function statusTranslator(translate: Translate): Translate {
	return (name, values) => translate(`runcomfy.status.${name}`, values);
}

function endedAppearance(job: RunView, translate: Translate): Appearance {
	const { outcome = '', arrivedAt, startedAt = arrivedAt, endedAt = startedAt } = job;
	const end = Object.hasOwn(ENDS, outcome) ? ENDS[outcome] : undefined;
	// Other errors have no text here, so the sidebar shows the code that Catch nodes and the help use.
	if (!end) return { fill: 'red', shape: 'ring', text: outcome };
	const { key, ...dot } = end;
	const took = duration(endedAt - startedAt, translate);
	const cost = job.cost === undefined ? [] : [writeCost(job.cost)];
	return { ...dot, text: [translate(`runcomfy.status.${key}`), took, ...cost].join(' · ') };
}

/** Whole cents would hide the cost of most pictures, which is a fraction of a cent. */
function writeCost(dollars: number): string {
	return `$${dollars >= 1 ? dollars.toFixed(2) : Number(dollars.toPrecision(2))}`;
}

export function duration(ms: number, translate: Translate): string {
	return writeDuration(Math.round(ms / 1000), statusTranslator(translate));
}

const UNITS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
	['day', 24 * 3600_000],
	['hour', 3600_000],
	['minute', 60_000],
];

/** The age of a run in the user's language, from one minute on. */
export function writeAgo(ms: number, language: string): string {
	const format = new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'auto' });
	const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? ['second', Infinity];
	return format.format(-Math.floor(ms / size), unit);
}
