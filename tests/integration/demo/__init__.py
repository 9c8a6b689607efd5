import pytest

pytest.register_assert_rewrite("tests.integration.demo.host_side")
