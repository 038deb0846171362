// Required by the Node processes that scripts/process.mjs starts. They end when the process that started them does,
// however that ends, because the other end of this pipe exists only as long as it lives.
const { Socket } = require('node:net');

const fd = Number(process.env['END_WITH_PARENT']);
// Its own children get the same arguments, but are left alone.
delete process.env['END_WITH_PARENT'];
if (fd) {
	const end = () => {
		try {
			// Also ends what it has started, if it leads a process group.
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
