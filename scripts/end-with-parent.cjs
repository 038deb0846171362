// Preloaded into Node processes that scripts/process.mjs starts. They exit with their parent, however that ends,
// because the parent's end of this pipe then closes.
const { Socket } = require('node:net');

const fd = Number(process.env['END_WITH_PARENT']);
// Child processes inherit the arguments, but must not watch the pipe.
delete process.env['END_WITH_PARENT'];
if (fd) {
	const end = () => {
		try {
			// If the process leads a group, this also kills its children.
			process.kill(-process.pid, 'SIGKILL');
		} catch {
			process.kill(process.pid, 'SIGKILL');
		}
	};
	try {
		const pipe = new Socket({ fd, readable: true }).on('error', end).on('close', end);
		pipe.resume().unref();
	} catch {
		// Where the pipe cannot be opened, the process ends only when told to.
	}
}
