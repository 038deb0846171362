// A virtual clock for a whole host, which runs hours in seconds: whenever the process is idle, it jumps to the next
// timer. Replaces timers, `Date` and `performance.now` for everything loaded afterwards. The service must run in the
// same process, because idleness can be detected only there.
const channel = require('node:diagnostics_channel');
const timersPromises = require('node:timers/promises');

/** Idle turns of the event loop before a jump; a loopback connection needs this many to deliver data. */
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

/** Monotonic milliseconds. */
const monotonic = () => (virtual ? startedAt + passed : real.now() + offset);
const epoch = () => Math.floor(performance.timeOrigin + monotonic());

/** HTTP exchanges in progress, by the library's request object. */
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
	// Unref'd timers do not keep a process alive, so time does not jump to them.
	if (!next || !keeps) return;
	passed = Math.max(passed, next.at - startedAt);
	sleepers.delete(next);
	watch();
	next.work(...next.args);
}

// Replaces the clock of this process; until `start`, it shows the real time.
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

/** Switches to virtual time. Timers set earlier stay real. */
exports.start = () => {
	startedAt = monotonic();
	passed = 0;
	virtual = true;
};

/** Switches back to real time, starting from the current virtual time. Timers on the virtual clock stay there. */
exports.stop = () => {
	offset = monotonic() - real.now();
	virtual = false;
};
