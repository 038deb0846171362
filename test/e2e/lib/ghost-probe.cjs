// Runs inside Node-RED, as a node set of the user directory. Prints a line of JSON for every message that reaches a
// run node or, with an error, a Catch node; and for everything that an instance of ours sends, reports or shows after
// the runtime has closed it. Such an instance is a ghost.
const MARK = 'PROBE ';

module.exports = function probe(RED) {
	const tell = (what, facts = {}) => console.log(MARK + JSON.stringify({ what, ...facts }));
	const closed = new WeakSet();
	const isOurs = ({ type }) => String(type).startsWith('runcomfy-');

	function GhostProbe(def) {
		RED.nodes.createNode(this, def);
	}
	RED.nodes.registerType('ghost-probe', GhostProbe);

	// Takes time to close, like a node that says goodbye to a broker: a deploy waits for it.
	function SlowClose(def) {
		RED.nodes.createNode(this, def);
		this.on('close', (done) => setTimeout(done, def.ms));
	}
	RED.nodes.registerType('slow-close', SlowClose);
	// The runtime derives it from the class that all nodes share.
	const shared = Object.getPrototypeOf(GhostProbe.prototype);

	const watch = (name, see) => {
		const original = shared[name];
		shared[name] = function watched(...args) {
			see(this, ...args);
			return original.apply(this, args);
		};
	};
	const ghost = (how) => (node, first) => {
		if (!isOurs(node) || !closed.has(node)) return;
		tell('ghost', { how, type: node.type, node: node.id, id: first?.topic, text: first?.text });
	};
	for (const name of ['send', 'status', 'error', '_complete']) watch(name, ghost(name));
	watch('_emitInput', ({ type, id }, { topic, requestId, runcomfy, error }) => {
		if (type === 'runcomfy-run') tell('in', { id: topic, node: id });
		if (type !== 'catch') return;
		tell('caught', { id: topic, requestId, resumed: runcomfy?.resumed, code: error.code });
	});

	const { close } = shared;
	shared.close = function watchedClose(...args) {
		// While a node is told to close, it may still clear its status.
		const closing = close.apply(this, args);
		closed.add(this);
		return closing;
	};
	RED.events.on('flows:started', ({ type }) => tell('started', { type }));
};
