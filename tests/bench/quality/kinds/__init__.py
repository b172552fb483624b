"""One module a kind of labelled recording; a new file is a new kind."""
