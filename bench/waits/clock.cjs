// A clock on which a whole host runs hours in seconds: whenever nothing is under way in this process, it
// jumps to the next timer. Timers, `Date` and `performance.now` of everything that is loaded after it.
// The service has to be in the same process: only then all that is under way is known.
const channel = require('node:diagnostics_channel');
const timersPromises = require('node:timers/promises');

/** Turns of the event loop without work before it jumps: what loopback needs from one end to the other. */
const IDLE_TURNS = 12;

const real = {
	setTimeout: globalThis.setTimeout,
	clearTimeout: globalThis.clearTimeout,
	Date: globalThis.Date,
	now: performance.now.bind(performance),
	delay: timersPromises.setTimeout,
};

const sleepers = new Set();
let virtual = false;
let offset = 0;
let startedAt = 0;
let passed = 0;
let waiting = false;

/** Milliseconds, monotonic. */
const monotonic = () => (virtual ? startedAt + passed : real.now() + offset);
const epoch = () => Math.floor(performance.timeOrigin + monotonic());

/** Exchanges that have not ended, by what the library calls its request. */
const exchanges = new Set();
const begun = ({ request }) => exchanges.add(request);
const over = ({ request }) => {
	exchanges.delete(request);
	watch();
};
channel.subscribe('http.client.request.start', ({ request }) => {
	begun({ request });
	request.once('close', () => over({ request }));
});
channel.subscribe('undici:request:create', begun);
channel.subscribe('undici:request:trailers', over);
channel.subscribe('undici:request:error', over);

class Timer {
	constructor(work, ms, args) {
		Object.assign(this, { work, ms: Math.max(1, Number(ms) || 0), args, keeps: true });
		this.refresh();
	}
	refresh() {
		this.at = monotonic() + this.ms;
		sleepers.add(this);
		watch();
		return this;
	}
	ref() {
		this.keeps = true;
		watch();
		return this;
	}
	unref() {
		this.keeps = false;
		return this;
	}
	hasRef() {
		return this.keeps;
	}
	close() {
		sleepers.delete(this);
		return this;
	}
	[Symbol.toPrimitive]() {
		return this;
	}
}

function watch() {
	if (waiting || !virtual) return;
	waiting = true;
	turn(IDLE_TURNS);
}

function turn(left) {
	setImmediate(() => {
		if (exchanges.size > 0) return real.setTimeout(turn, 0, IDLE_TURNS);
		if (readsOrWrites()) return turn(IDLE_TURNS);
		if (left > 0) return turn(left - 1);
		waiting = false;
		jump();
	});
}

function readsOrWrites() {
	return process.getActiveResourcesInfo().some((name) => /^(FSReq|TCPConnect)/.test(name));
}

function jump() {
	let next;
	let keeps = false;
	for (const timer of sleepers) {
		keeps ||= timer.keeps;
		if (!next || timer.at < next.at) next = timer;
	}
	// Time does not pass for a timer that nothing waits for.
	if (!next || !keeps) return;
	passed = Math.max(passed, next.at - startedAt);
	sleepers.delete(next);
	watch();
	next.work(...next.args);
}

// Replaces the clock of this process; it is real until `start`.
globalThis.setTimeout = Object.assign(
	(work, ms, ...args) => (virtual ? new Timer(work, ms, args) : real.setTimeout(work, ms, ...args)),
	real.setTimeout,
);
globalThis.clearTimeout = (timer) =>
	timer instanceof Timer ? timer.close() : real.clearTimeout(timer);
performance.now = monotonic;
globalThis.Date = new Proxy(real.Date, {
	construct: (Target, args, newTarget) =>
		Reflect.construct(Target, args.length > 0 ? args : [epoch()], newTarget),
	apply: () => new real.Date(epoch()).toString(),
	get: (Target, key) => (key === 'now' ? epoch : Reflect.get(Target, key)),
});
timersPromises.setTimeout = (ms, value, { signal, ref = true } = {}) =>
	virtual ? delay(ms, value, signal, ref) : real.delay(ms, value, { signal, ref });

function delay(ms, value, signal, ref) {
	return new Promise((resolve, reject) => {
		const fail = () => {
			timer.close();
			reject(Object.assign(new Error('The operation was aborted'), { name: 'AbortError' }));
		};
		const done = () => {
			signal?.removeEventListener('abort', fail);
			resolve(value);
		};
		const timer = new Timer(done, ms, []);
		if (!ref) timer.unref();
		if (signal?.aborted) fail();
		else signal?.addEventListener('abort', fail, { once: true });
	});
}

/** From now on, time passes by jumps. Timers that were set before stay real. */
exports.start = () => {
	startedAt = monotonic();
	passed = 0;
	virtual = true;
};

/** Time passes by itself again, from where it is. What sleeps on the jumping clock goes on sleeping there. */
exports.stop = () => {
	offset = monotonic() - real.now();
	virtual = false;
};
