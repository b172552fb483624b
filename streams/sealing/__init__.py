"""Personal values on their way into and out of the log: keys of subjects, tokens, sealing and unsealing."""
