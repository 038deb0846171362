/** Loads what is looked at after every change, one load at a time. `load` rejects as it likes. */
export function createFeed<T>(options: {
	load: () => Promise<T>;
	onLoaded: (loaded: T) => void;
	onFailed: (error: unknown) => void;
}) {
	let fresh = false;
	let visible = false;
	let loading = false;

	const loadIfNeeded = async () => {
		if (fresh || !visible || loading) return;
		fresh = true;
		loading = true;
		try {
			options.onLoaded(await options.load());
		} catch (error) {
			options.onFailed(error);
		}
		loading = false;
		void loadIfNeeded();
	};

	return {
		/** There may be something new. */
		stale() {
			fresh = false;
			void loadIfNeeded();
		},
		/** Whether somebody looks: nothing is loaded for nobody. */
		watch(next: boolean) {
			visible = next;
			void loadIfNeeded();
		},
	};
}
