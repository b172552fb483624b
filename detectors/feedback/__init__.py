"""What people's verdicts teach triage: a bar for findings of a kind that were often false, and exceptions for what is meant to be."""
