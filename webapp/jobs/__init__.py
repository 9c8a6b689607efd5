"""The processes without pages: queues, bell, worker, ticker."""

import sys

# structlog reads rich, with all that colours source code, wherever it is installed: beside the tests, whose tools bring
# it along. A worker there would be four megabytes bigger than anywhere else, and be measured so.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None says: not to be imported
