"""Tasks: a versioned prompt, the JSON Schema of its output, and the rules that judge it."""
