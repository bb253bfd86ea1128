"""The run stage: the only code that waits, retries or reads the clock."""
