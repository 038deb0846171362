/** Loads what the tab shows after every change, one load at a time. `load` may reject. */
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
		/** Whether the tab is visible: nothing is loaded while it is not. */
		watch(next: boolean) {
			visible = next;
			void loadIfNeeded();
		},
	};
}
