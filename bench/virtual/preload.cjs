// `node --require` this: the jumping clock before anything else is loaded.
require('./clock.cjs').install();
