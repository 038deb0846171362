// In the Node-RED that is measured: sends messages that wait until it ends.
const { hold } = require('./hold.cjs');

exports.mark = () => undefined;

/** @param {{count: number}} task @param {(at: number) => void} send */
exports.run = ({ count }, send) => hold(count, send);
