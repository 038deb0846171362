// Required by the Node processes that scripts/process.mjs starts: they end when the process that started them does,
// however that ends. The other end of this pipe is there as long as it lives.
const { Socket } = require('node:net');

const fd = Number(process.env['END_WITH_PARENT']);
// Not for its own children, which get the same arguments.
delete process.env['END_WITH_PARENT'];
if (fd) {
	const end = () => {
		try {
			// With what it has started, if it leads a group.
			process.kill(-process.pid, 'SIGKILL');
		} catch {
			process.kill(process.pid, 'SIGKILL');
		}
	};
	try {
		const pipe = new Socket({ fd, readable: true }).on('error', end).on('close', end);
		pipe.resume().unref();
	} catch {
		// A system on which a pipe cannot be opened like this: then it ends only as it is told to.
	}
}
