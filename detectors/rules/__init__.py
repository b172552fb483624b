"""Rules: what is wrong by what happened, one rule a file, each with metadata and its own true and false cases."""
